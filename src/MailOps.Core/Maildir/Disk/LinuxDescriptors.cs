using System.Runtime.InteropServices;
using static MailOps.Maildir.Disk.LinuxCalls;

namespace MailOps.Maildir.Disk;

/// <summary>Calls on descriptors and names that go on after an interruption, and whole reads and writes.</summary>
internal static unsafe class LinuxDescriptors
{
    /// <summary>Opens a file.</summary>
    /// <returns>The descriptor; negative after an error.</returns>
    internal static int OpenDescriptor(string path, int flags, uint mode)
    {
        int descriptor;
        do
            descriptor = Open(path, flags, mode);
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == DiskErrors.Interrupted);
        return descriptor;
    }

    /// <summary>Opens a file that is there.</summary>
    /// <returns>The descriptor; negative if there is no file.</returns>
    internal static int OpenExisting(string path, int flags)
    {
        var descriptor = OpenDescriptor(path, flags, 0);
        if (descriptor >= 0)
            return descriptor;
        var errno = Marshal.GetLastPInvokeError();
        return DiskErrors.IsMissing(errno) ? -1 : throw DiskErrors.FromErrno(errno, "open", path);
    }

    /// <summary>Closes. Never repeated: Linux has freed the descriptor also where it was interrupted (close(2)).</summary>
    /// <returns>The first error: the one of before, or what the close told.</returns>
    internal static int CloseDescriptor(int descriptor, int failed)
    {
        if (Close(descriptor) == 0 || failed != 0)
            return failed;
        var errno = Marshal.GetLastPInvokeError();
        return errno == DiskErrors.Interrupted ? 0 : errno;
    }

    /// <summary>Calls until it is not interrupted.</summary>
    /// <returns>The error's number, or 0.</returns>
    internal static int Retry(string from, string to, delegate*<string, string, int> call)
    {
        while (call(from, to) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != DiskErrors.Interrupted)
                return errno;
        }

        return 0;
    }

    /// <summary>Calls until it is not interrupted.</summary>
    /// <returns>The error's number, or 0.</returns>
    internal static int Retry(int descriptor, delegate*<int, int> call)
    {
        while (call(descriptor) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != DiskErrors.Interrupted)
                return errno;
        }

        return 0;
    }

    /// <summary>Reads until the octets are full or the file ends.</summary>
    /// <returns>How many were read, or the error's number, negative.</returns>
    internal static int ReadAll(int descriptor, Span<byte> octets, long offset)
    {
        fixed (byte* start = octets)
        {
            var read = 0;
            while (read < octets.Length)
            {
                var count = (int)ReadAt(descriptor, start + read, (nuint)(octets.Length - read), offset + read);
                if (count > 0)
                {
                    read += count;
                    continue;
                }

                if (count == 0)
                    break;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != DiskErrors.Interrupted)
                    return -errno;
            }

            return read;
        }
    }

    /// <summary>Writes all.</summary>
    /// <returns>The error's number, or 0.</returns>
    internal static int WriteAll(int descriptor, ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
        {
            var written = 0;
            while (written < octets.Length)
            {
                var count = Write(descriptor, start + written, (nuint)(octets.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                    continue;
                }

                var errno = Marshal.GetLastPInvokeError();
                if (errno != DiskErrors.Interrupted)
                    return errno;
            }
        }

        return 0;
    }
}
