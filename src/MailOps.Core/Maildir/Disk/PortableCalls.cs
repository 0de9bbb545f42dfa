using System.Runtime.InteropServices;

namespace MailOps.Maildir.Disk;

/// <summary>What .NET lacks on every system: a second name for a file, and a directory made durable.</summary>
internal static partial class PortableCalls
{
    private const int WindowsFileExists = 80;
    private const int WindowsAlreadyExists = 183;
    private const int WindowsFileNotFound = 2;
    private const int WindowsPathNotFound = 3;

    internal static LinkResult Link(string from, string to)
    {
        var isDone = OperatingSystem.IsWindows() ? CreateHardLink(to, from, 0) : LinkFile(from, to) == 0;
        if (isDone)
            return LinkResult.Done;

        // Whoever gets Impossible copies instead, and hears of any real fault there.
        return (OperatingSystem.IsWindows(), Marshal.GetLastPInvokeError()) switch
        {
            (true, WindowsFileExists or WindowsAlreadyExists) or (false, DiskErrors.Exists) => LinkResult.Taken,
            (true, WindowsFileNotFound or WindowsPathNotFound) or (false, DiskErrors.NoEntry or DiskErrors.NotDirectory) => LinkResult.Missing,
            _ => LinkResult.Impossible,
        };
    }

    /// <summary>Makes the name of a file or directory durable.</summary>
    internal static void SyncName(string path) => SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

    /// <summary>Makes the names in a directory durable; one that is missing has none. On Windows directories cannot be asked for it.</summary>
    internal static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (DiskErrors.IsMissing(errno))
                return;
            throw DiskErrors.FromErrno(errno, "open", path);
        }

        var failed = Sync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed != 0)
            throw DiskErrors.FromErrno(failed, "make durable", path);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkFile(string from, string to);

    // O_RDONLY is 0 everywhere. The descriptor lives for one call, so it goes without the close-on-exec flag, whose number differs.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("kernel32.dll", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string to, string from, nint security);
}
