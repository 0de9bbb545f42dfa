using System.Runtime.InteropServices;
using static MailOps.Maildir.Disk.LinuxCalls;
using static MailOps.Maildir.Disk.LinuxDescriptors;

namespace MailOps.Maildir.Disk;

/// <summary>The disk of Linux: plain system calls where they are hot, and one <c>syncfs</c> for everything that a group changed.</summary>
internal sealed unsafe class LinuxDisk : PortableDisk
{
    private const long EarliestSeconds = -62_000_000_000;
    private const long LatestSeconds = 250_000_000_000;
    private const uint Owner = 0b110_000_000;

    // One descriptor for each file system that the store reaches into, by the device's number.
    private readonly Dictionary<ulong, int> _fileSystems = [];
    private readonly Dictionary<string, ulong> _devices = new(StringComparer.Ordinal);

    protected override bool SyncsAll => true;

    public override FileFacts? Stat(string path)
    {
        StatBuffer facts;
        while (LinuxCalls.Stat(CurrentDirectory, path, 0, StatIdentity, &facts) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == DiskErrors.Interrupted)
                continue;
            return DiskErrors.IsMissing(errno) ? null : throw DiskErrors.FromErrno(errno, "look at", path);
        }

        return FactsOf(&facts);
    }

    // By its length, so that of a pipe or a device nothing is read, without end or otherwise.
    public override byte[]? ReadAll(string path) => ((IMaildirDisk)this).ReadFrom(path, 0);

    public override int ReadStart(string path, Span<byte> octets)
    {
        var descriptor = OpenExisting(path, CloseOnExec | NonBlocking);
        if (descriptor < 0)
            return -1;
        // One call: of a file that is not at its end a read of this length is whole.
        nint read;
        int errno;
        fixed (byte* start = octets)
        {
            do
            {
                read = ReadAt(descriptor, start, (nuint)octets.Length, 0);
                errno = read < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
            while (errno == DiskErrors.Interrupted);
        }

        _ = Close(descriptor);
        if (errno == DiskErrors.Stale)
            return -1;
        return errno == 0 ? (int)read : throw DiskErrors.FromErrno(errno, "read", path);
    }

    public override DiskFile? OpenFile(string path, bool forAppend)
    {
        var descriptor = OpenExisting(path, forAppend ? ReadWrite | AppendFlag | CloseOnExec : CloseOnExec | NonBlocking);
        return descriptor < 0 ? null : new LinuxFile(descriptor, path);
    }

    public override bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        var descriptor = OpenDescriptor(path, WriteOnly | CreateFlag | Exclusive | CloseOnExec, Owner);
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

        failed = CloseDescriptor(descriptor, failed);
        if (failed == 0)
            return true;

        _ = LinuxCalls.Unlink(path);
        throw DiskErrors.FromErrno(failed, "write", path);
    }

    public override bool Append(string path, ReadOnlySpan<byte> octets)
    {
        var descriptor = OpenDescriptor(path, WriteOnly | AppendFlag | CloseOnExec | NonBlocking, 0);
        if (descriptor < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return DiskErrors.IsMissing(errno) ? false : throw DiskErrors.FromErrno(errno, "append to", path);
        }

        var before = Seek(descriptor, 0, 2);
        var failed = before < 0 ? Marshal.GetLastPInvokeError() : WriteAll(descriptor, octets);
        if (failed != 0 && before >= 0)
            _ = Truncate(descriptor, before);
        failed = CloseDescriptor(descriptor, failed);
        return failed == 0 ? true : throw DiskErrors.FromErrno(failed, "append to", path);
    }

    public override void Overwrite(string path, ReadOnlySpan<byte> octets)
    {
        var descriptor = OpenDescriptor(path, WriteOnly | CreateFlag | CloseOnExec | NonBlocking, Owner);
        if (descriptor < 0)
            throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "open for writing", path);
        var failed = CloseDescriptor(descriptor, WriteAll(descriptor, octets));
        if (failed != 0)
            throw DiskErrors.FromErrno(failed, "write", path);
    }

    public override bool Rename(string from, string to)
    {
        var errno = Retry(from, to, &LinuxCalls.Rename);
        if (errno == 0)
            return true;
        return DiskErrors.IsMissing(errno) ? false : throw DiskErrors.FromErrno(errno, "rename", from);
    }

    public override LinkResult Link(string from, string to)
    {
        var errno = Retry(from, to, &LinuxCalls.Link);
        return errno switch
        {
            0 => LinkResult.Done,
            DiskErrors.NoEntry or DiskErrors.NotDirectory or DiskErrors.Stale => LinkResult.Missing,
            DiskErrors.Exists => LinkResult.Taken,
            // EPERM is what file systems without hard links answer (link(2)).
            DiskErrors.CrossDevice or DiskErrors.TooManyLinks or DiskErrors.NotPermitted or DiskErrors.NotSupported => LinkResult.Impossible,
            _ => throw DiskErrors.FromErrno(errno, "link to", to),
        };
    }

    public override bool Unlink(string path)
    {
        int errno;
        do
            errno = LinuxCalls.Unlink(path) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (errno == DiskErrors.Interrupted);
        if (errno == 0)
            return true;
        return DiskErrors.IsMissing(errno) ? false : throw DiskErrors.FromErrno(errno, "remove", path);
    }

    public override void Flush(string path)
    {
        var descriptor = OpenDescriptor(path, CloseOnExec | NonBlocking, 0);
        if (descriptor < 0)
            throw DiskErrors.FromErrno(Marshal.GetLastPInvokeError(), "open", path);
        var failed = Retry(descriptor, &LinuxCalls.Sync);
        _ = Close(descriptor);
        if (failed != 0)
            throw DiskErrors.FromErrno(failed, "make durable", path);
    }

    /// <summary>
    /// One <c>syncfs</c> for each file system. The descriptor that it is called on stays open, so the kernel tells us of every error of writing
    /// since the last call, each once. After an error the pages may be gone, and a later success says nothing about them.
    /// </summary>
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
                var failed = Retry(_fileSystems[device], &SyncFileSystem);
                if (failed != 0)
                    throw DiskErrors.FromErrno(failed, "make durable the file system of", directory);
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
        // A file may have any time that its owner gives it.
        var seconds = Math.Clamp(facts->ModifiedSeconds, EarliestSeconds, LatestSeconds);
        var modified = DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(facts->ModifiedNanoseconds / 100);

        // The number of a file that was removed goes to another; born at the same time is none.
        var born = ((ulong)facts->BirthSeconds * 1_000_000_007) + facts->BirthNanoseconds;
        return new FileFacts((long)facts->Size, modified, facts->Inode ^ System.Numerics.BitOperations.RotateLeft(born, 24)) { Links = facts->Links };
    }

    // A directory that was renamed or deleted meanwhile took its changes to another place below the same parent.
    private ulong FileSystemOf(string directory)
    {
        if (_devices.TryGetValue(directory, out var known))
            return known;

        StatBuffer facts;
        while (LinuxCalls.Stat(CurrentDirectory, directory, 0, StatBasic, &facts) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == DiskErrors.Interrupted)
                continue;
            return errno is DiskErrors.NoEntry or DiskErrors.Stale && Path.GetDirectoryName(directory) is { } parent
                ? FileSystemOf(parent)
                : throw DiskErrors.FromErrno(errno, "look at", directory);
        }

        var device = ((ulong)facts.DeviceMajor << 32) | facts.DeviceMinor;
        if (!_fileSystems.ContainsKey(device))
        {
            var descriptor = OpenDescriptor(directory, CloseOnExec | NonBlocking, 0);
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
