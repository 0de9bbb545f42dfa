using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>
/// A file system in memory that writes down every step in the order in which it was done, so that what a cut of the power may
/// leave at any moment can be worked out afterwards (<see cref="CrashStates"/>).
/// </summary>
internal sealed class PowerCutDisk : IMaildirDisk
{
    private static int _disks;

    private readonly Lock _lock = new();
    private readonly ulong _number = (ulong)Interlocked.Increment(ref _disks);
    private readonly string _root;
    private readonly List<DiskImage> _images;
    private readonly List<DiskOperation> _operations = [];
    private int _lastInode;

    /// <summary>A disk with this on it.</summary>
    /// <param name="root">Where it is mounted: locks are known by their paths and directories, so no two disks share one.</param>
    /// <param name="image">What is on it.</param>
    internal PowerCutDisk(string root, DiskImage image)
    {
        _root = root;
        _images = [image];
        _lastInode = image.LastInode;
    }

    /// <summary>False for a file system without hard links.</summary>
    internal bool HasLinks { get; init; } = true;

    /// <summary>True for a disk without <c>syncfs</c>, as <see cref="PortableDisk"/> is: each file is flushed when it is written, and a sync is one of directories.</summary>
    internal bool IsPortable { get; init; }

    /// <summary>False for a disk that says that it synced and did not.</summary>
    internal bool Syncs { get; set; } = true;

    /// <summary>True to have the next sync fail.</summary>
    internal bool FailsNextSync { get; set; }

    /// <summary>All steps so far.</summary>
    internal IReadOnlyList<DiskOperation> Operations => _operations;

    /// <summary>What a program saw after each number of steps.</summary>
    internal IReadOnlyList<DiskImage> Images => _images;

    /// <summary>How many steps were done.</summary>
    internal int Position
    {
        get
        {
            lock (_lock)
                return _operations.Count;
        }
    }

    private DiskImage Now => _images[^1];

    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            var names = Names(path);
            for (var depth = 1; depth <= names.Length; depth++)
            {
                if (Now.Find(names.AsSpan(0, depth)) is not null)
                    continue;
                var parent = Now.Find(names.AsSpan(0, depth - 1))!.Value;
                Do(new AddName(parent, names[depth - 1], ++_lastInode, IsDirectory: true, IsLink: false, Time()));
                if (IsPortable)
                    Do(new DirectorySynced(parent, Time()));
            }
        }
    }

    public FileFacts? Stat(string path)
    {
        lock (_lock)
        {
            return Now.Find(Names(path)) is { } inode
                ? new FileFacts(Now[inode].Content?.Octets.Length ?? 4096, Now[inode].Modified, (ulong)inode + 1000 + (Now[inode].IsDirectory ? _number << 32 : 0))
                : null;
        }
    }

    public bool List(string directory, bool directories, NameFound found)
    {
        List<string> names;
        lock (_lock)
        {
            if (Now.Find(Names(directory)) is not { } inode || !Now[inode].IsDirectory)
                return false;
            names = [.. Now[inode].Names!.Where(name => Now[name.Value].IsDirectory == directories).Select(name => name.Key)];
        }

        foreach (var name in names)
            found(name);
        return true;
    }

    public byte[]? ReadAll(string path)
    {
        lock (_lock)
            return Now.Find(Names(path)) is { } inode ? [.. Now[inode].Content!.Octets] : null;
    }

    public int ReadStart(string path, Span<byte> octets)
    {
        using var file = OpenFile(path, forAppend: false);
        return file?.Read(octets, 0) ?? -1;
    }

    public DiskFile? OpenFile(string path, bool forAppend)
    {
        lock (_lock)
            return Now.Find(Names(path)) is { } inode ? new OpenedFile(this, inode) : null;
    }

    public bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        lock (_lock)
        {
            var names = Names(path);
            if (Now.Find(names) is not null)
                return false;
            var inode = NewFile(names);
            var offset = 0;
            foreach (var part in content)
            {
                Do(new WriteOctets(inode, offset, part.ToArray(), Time()));
                offset += part.Length;
            }

            FlushIfPortable(inode);
            return true;
        }
    }

    public bool Append(string path, ReadOnlySpan<byte> octets)
    {
        lock (_lock)
        {
            if (Now.Find(Names(path)) is not { } inode)
                return false;
            Do(new WriteOctets(inode, Now[inode].Content!.Octets.Length, octets.ToArray(), Time()));
            FlushIfPortable(inode);
            return true;
        }
    }

    public void Overwrite(string path, ReadOnlySpan<byte> octets)
    {
        lock (_lock)
        {
            var names = Names(path);
            var inode = Now.Find(names) ?? NewFile(names);
            Do(new WriteOctets(inode, 0, octets.ToArray(), Time()));
            FlushIfPortable(inode);
        }
    }

    public bool Rename(string from, string to)
    {
        lock (_lock)
        {
            var (oldNames, newNames) = (Names(from), Names(to));
            if (Now.Find(oldNames) is not { } inode || Now.Find(newNames.AsSpan(..^1)) is not { } target)
                return false;
            if (Now.Find(newNames) is { } replaced && Now[replaced].IsDirectory)
                throw new MailStoreException(StoreFault.Broken, $"Cannot rename to '{to}': it is a directory.");
            Do(new MoveName(Now.Find(oldNames.AsSpan(..^1))!.Value, oldNames[^1], target, newNames[^1], inode, Time()));
            return true;
        }
    }

    public void Flush(string path)
    {
        lock (_lock)
        {
            if (Syncs && Now.Find(Names(path)) is { } inode && (Now[inode].IsDirectory || !IsPortable))
                Do(Now[inode].IsDirectory ? new DirectorySynced(inode, Time()) : new FileSynced(inode, Time()));
        }
    }

    public LinkResult Link(string from, string to)
    {
        lock (_lock)
        {
            var names = Names(to);
            if (Now.Find(Names(from)) is not { } inode || Now.Find(names.AsSpan(..^1)) is not { } directory)
                return LinkResult.Missing;
            if (!HasLinks)
                return LinkResult.Impossible;
            if (Now.Find(names) is not null)
                return LinkResult.Taken;
            Do(new AddName(directory, names[^1], inode, IsDirectory: false, IsLink: true, Time()));
            return LinkResult.Done;
        }
    }

    public bool Unlink(string path)
    {
        lock (_lock)
        {
            var names = Names(path);
            if (Now.Find(names) is null)
                return false;
            Do(new RemoveName(Now.Find(names.AsSpan(..^1))!.Value, names[^1], Time()));
            return true;
        }
    }

    public void DeleteTree(string path)
    {
        lock (_lock)
        {
            var names = Names(path);
            if (Now.Find(names) is not { } inode)
                return;
            foreach (var (name, child) in Now[inode].Names!)
            {
                if (Now[child].IsDirectory)
                    DeleteTree(Path.Join(path, name));
                else
                    Do(new RemoveName(inode, name, Time()));
            }

            Do(new RemoveName(Now.Find(names.AsSpan(..^1))!.Value, names[^1], Time()));
        }
    }

    public void SetModified(string path, DateTimeOffset time)
    {
        lock (_lock)
        {
            if (Now.Find(Names(path)) is not { } inode)
                return;
            Do(new SetTime(inode, time, Time()));
            FlushIfPortable(inode);
        }
    }

    // Nothing that others do while it runs is covered by it, so the step that ends it says how far it reaches.
    public void Sync(IReadOnlyCollection<string> directories)
    {
        var covered = Position;
        Thread.Yield();
        lock (_lock)
        {
            if (FailsNextSync)
            {
                FailsNextSync = false;
                Do(new SyncFailed(Time()));
                throw new MailStoreException(StoreFault.Broken, "Cannot sync.");
            }

            if (IsPortable)
                SyncEach(directories);
            else if (Syncs)
                Do(new SyncEnded(covered, Time()));
        }
    }

    /// <summary>Everything is on disk: where what is to be looked at begins.</summary>
    internal void SyncAll()
    {
        lock (_lock)
            Do(new SyncEnded(Position, Time()));
    }

    public void Dispose()
    {
    }

    private static DateTimeOffset Time() => DateTimeOffset.UtcNow;

    private void SyncEach(IReadOnlyCollection<string> directories)
    {
        foreach (var path in directories.SelectMany(directory => new[] { directory, Path.Join(directory, "new"), Path.Join(directory, "cur") }))
        {
            if (Now.Find(Names(path)) is { } inode)
                Do(new DirectorySynced(inode, Time()));
        }
    }

    private void FlushIfPortable(int inode)
    {
        if (IsPortable)
            Do(new FileSynced(inode, Time()));
    }

    private int NewFile(string[] names)
    {
        if (Now.Find(names.AsSpan(..^1)) is not { } directory)
            throw new MailStoreException(StoreFault.Broken, $"Cannot make '{string.Join('/', names)}': there is no such directory.");
        Do(new AddName(directory, names[^1], ++_lastInode, IsDirectory: false, IsLink: false, Time()));
        return _lastInode;
    }

    private void Do(DiskOperation operation)
    {
        _operations.Add(operation);
        _images.Add(Now.After(operation));
    }

    private string[] Names(string path)
    {
        if (!path.StartsWith(_root, StringComparison.Ordinal))
            throw new MailStoreException(StoreFault.Broken, $"'{path}' is not on this disk.");
        return path[_root.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A file that is open, whatever becomes of its name.</summary>
    private sealed class OpenedFile(PowerCutDisk disk, int inode) : DiskFile
    {
        private DiskNode _last = disk.Now[inode];

        public override FileFacts Facts => new(Node.Content!.Octets.Length, Node.Modified, (ulong)inode + 1000);

        private DiskNode Node
        {
            get
            {
                lock (disk._lock)
                    return _last = disk.Now.Find(inode) ?? _last;
            }
        }

        public override int Read(Span<byte> octets, long offset)
        {
            var all = Node.Content!.Octets.AsSpan();
            var wanted = offset >= all.Length ? default : all[(int)offset..];
            wanted = wanted[..Math.Min(wanted.Length, octets.Length)];
            wanted.CopyTo(octets);
            return wanted.Length;
        }

        public override void Append(ReadOnlySpan<byte> octets)
        {
            lock (disk._lock)
            {
                if (disk.Now.Find(inode) is { } node)
                    disk.Do(new WriteOctets(inode, node.Content!.Octets.Length, octets.ToArray(), Time()));
            }
        }

        public override bool TryLock(bool exclusive) => true;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
