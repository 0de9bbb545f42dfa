using System.Runtime.InteropServices;
using static MailOps.Maildir.Disk.LinuxCalls;

namespace MailOps.Maildir.Disk;

/// <summary>The disk of Linux: plain system calls where they are hot, and one <c>syncfs</c> for everything that a group changed.</summary>
internal sealed unsafe class LinuxDisk : PortableDisk
{
    private const uint Owner = 0b110_000_000;

    // One descriptor for each file system that the store reaches into, by the device's number.
    private readonly Dictionary<ulong, int> _fileSystems = [];
    private readonly Dictionary<string, ulong> _devices = new(StringComparer.Ordinal);

    public override FileFacts? Stat(string path)
    {
        StatBuffer facts;
        if (LinuxCalls.Stat(CurrentDirectory, path, 0, StatBasic, &facts) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno is DiskErrors.NoEntry or DiskErrors.NotDirectory
                ? null
                : throw DiskErrors.FromErrno(errno, "look at", path);
        }

        return FactsOf(&facts);
    }

    public override int ReadStart(string path, Span<byte> octets)
    {
        var descriptor = OpenExisting(path, CloseOnExec);
        if (descriptor < 0)
            return -1;
        // One call: of a file that is not at its end a read of this length is whole.
        nint read;
        fixed (byte* start = octets)
            read = ReadAt(descriptor, start, (nuint)octets.Length, 0);
        var errno = read < 0 ? Marshal.GetLastPInvokeError() : 0;
        _ = Close(descriptor);
        return read >= 0 ? (int)read : throw DiskErrors.FromErrno(errno, "read", path);
    }

    public override DiskFile? OpenFile(string path, bool forAppend)
    {
        var descriptor = OpenExisting(path, forAppend ? ReadWrite | AppendFlag | CloseOnExec : CloseOnExec);
        return descriptor < 0 ? null : new LinuxFile(descriptor, path);
    }

    public override bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        var descriptor = Open(path, WriteOnly | CreateFlag | Exclusive | CloseOnExec, Owner);
        if (descriptor < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == DiskErrors.Exists ? false : throw DiskErrors.FromErrno(errno, "make", path);
        }

        var failed = 0;
        foreach (var part in content)
        {
            failed = WriteAll(descriptor, part.Span);
            if (failed != 0)
                break;
        }

        if (Close(descriptor) != 0 && failed == 0)
            failed = Marshal.GetLastPInvokeError();
        if (failed == 0)
            return true;

        _ = LinuxCalls.Unlink(path);
        throw DiskErrors.FromErrno(failed, "write", path);
    }

    public override bool Append(string path, ReadOnlySpan<byte> octets)
    {
        var descriptor = Open(path, WriteOnly | AppendFlag | CloseOnExec, 0);
        if (descriptor < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == DiskErrors.NoEntry ? false : throw DiskErrors.FromErrno(errno, "append to", path);
        }

        var before = Seek(descriptor, 0, 2);
        var failed = before < 0 ? Marshal.GetLastPInvokeError() : WriteAll(descriptor, octets);
        if (failed != 0 && before >= 0)
            _ = Truncate(descriptor, before);
        if (Close(descriptor) != 0 && failed == 0)
            failed = Marshal.GetLastPInvokeError();
        return failed == 0 ? true : throw DiskErrors.FromErrno(failed, "append to", path);
    }

    public override void Overwrite(string path, ReadOnlySpan<byte> octets)
    {
        var descriptor = Open(path, WriteOnly | CreateFlag | CloseOnExec, Owner);
        if (descriptor < 0)
            throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "open for writing", path);
        var failed = WriteAll(descriptor, octets);
        if (Close(descriptor) != 0 && failed == 0)
            failed = Marshal.GetLastPInvokeError();
        if (failed != 0)
            throw DiskErrors.FromErrno(failed, "write", path);
    }

    public override bool Rename(string from, string to)
    {
        if (LinuxCalls.Rename(from, to) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == DiskErrors.NoEntry ? false : throw DiskErrors.FromErrno(errno, "rename", from);
    }

    public override LinkResult Link(string from, string to)
    {
        if (LinuxCalls.Link(from, to) == 0)
            return LinkResult.Done;
        var errno = Marshal.GetLastPInvokeError();
        return errno switch
        {
            DiskErrors.NoEntry => LinkResult.Missing,
            DiskErrors.Exists => LinkResult.Taken,
            // EPERM is what file systems without hard links answer (link(2)).
            DiskErrors.CrossDevice or DiskErrors.TooManyLinks or DiskErrors.NotPermitted or DiskErrors.NotSupported => LinkResult.Impossible,
            _ => throw DiskErrors.FromErrno(errno, "link to", to),
        };
    }

    public override bool Unlink(string path)
    {
        if (LinuxCalls.Unlink(path) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == DiskErrors.NoEntry ? false : throw DiskErrors.FromErrno(errno, "remove", path);
    }

    /// <summary>Makes one directory durable. The store does not need it; it is what group commit is measured against.</summary>
    internal static void SyncDirectory(string path)
    {
        var descriptor = Open(path, CloseOnExec, 0);
        if (descriptor < 0)
            throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "open", path);
        var failed = LinuxCalls.Sync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed != 0)
            throw DiskErrors.FromErrno(failed, "make durable", path);
    }

    public override void Sync(IReadOnlyCollection<string> directories)
    {
        lock (_fileSystems)
        {
            var synced = new HashSet<ulong>();
            foreach (var directory in directories)
            {
                var device = FileSystemOf(directory);
                if (!synced.Add(device))
                    continue;
                if (SyncFileSystem(_fileSystems[device]) != 0)
                    throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "make durable the file system of", directory);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        lock (_fileSystems)
        {
            foreach (var descriptor in _fileSystems.Values)
                _ = Close(descriptor);
            _fileSystems.Clear();
            _devices.Clear();
        }
    }

    internal static FileFacts FactsOf(StatBuffer* facts)
    {
        var modified = DateTimeOffset.UnixEpoch.AddSeconds(facts->ModifiedSeconds).AddTicks(facts->ModifiedNanoseconds / 100);
        return new FileFacts((long)facts->Size, modified, facts->Inode);
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

    private static int OpenExisting(string path, int flags)
    {
        var descriptor = Open(path, flags, 0);
        if (descriptor >= 0)
            return descriptor;
        var errno = Marshal.GetLastPInvokeError();
        return errno is DiskErrors.NoEntry or DiskErrors.NotDirectory ? -1 : throw DiskErrors.FromErrno(errno, "open", path);
    }

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

    // A directory that was renamed or deleted meanwhile took its changes to another place below the same parent.
    private ulong FileSystemOf(string directory)
    {
        if (_devices.TryGetValue(directory, out var known))
            return known;

        StatBuffer facts;
        if (LinuxCalls.Stat(CurrentDirectory, directory, 0, StatBasic, &facts) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == DiskErrors.NoEntry && Path.GetDirectoryName(directory) is { } parent
                ? FileSystemOf(parent)
                : throw DiskErrors.FromErrno(errno, "look at", directory);
        }

        var device = ((ulong)facts.DeviceMajor << 32) | facts.DeviceMinor;
        if (!_fileSystems.ContainsKey(device))
        {
            var descriptor = Open(directory, CloseOnExec, 0);
            if (descriptor < 0)
                throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "open", directory);
            _fileSystems.Add(device, descriptor);
        }

        if (_devices.Count >= 20_000)
            _devices.Clear();
        _devices[directory] = device;
        return device;
    }
}
