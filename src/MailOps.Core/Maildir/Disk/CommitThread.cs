namespace MailOps.Maildir.Disk;

/// <summary>
/// Group commit. One thread takes all work that waits, writes it, publishes it, and pays one sync for the group; while it
/// syncs, the next group gathers. Syncs block, so they have a thread of their own and never one of the pool's.
/// </summary>
internal sealed class CommitThread : IAsyncDisposable
{
    // Bounds how long the first of a group waits for the last.
    private const int MostInGroup = 512;

    private readonly IMaildirDisk _disk;
    private readonly Queue<CommitWork> _waiting = [];
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile MailStoreException? _lastFailure;
    private int _failedSyncs;
    private bool _closed;

    internal CommitThread(IMaildirDisk disk, string name)
    {
        _disk = disk;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>
    /// Counts syncs that failed. What was written before one may never come to the disk, whatever a later sync says: when the count has
    /// changed, a file that must last is written anew.
    /// </summary>
    internal int FailedSyncs => Volatile.Read(ref _failedSyncs);

    /// <summary>Gives work to the thread.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    internal void Enqueue(CommitWork work)
    {
        lock (_waiting)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(MaildirStore));
            _waiting.Enqueue(work);
            if (_waiting.Count == 1)
                Monitor.Pulse(_waiting);
        }
    }

    /// <summary>Ends when all changes of names that were made in these directories before the call are durable.</summary>
    internal Task SyncAsync(params ReadOnlySpan<string> directories)
    {
        var barrier = new Barrier(directories.ToArray(), static () => { });
        Enqueue(barrier);
        return barrier.Completion;
    }

    /// <summary>Ends when what was written in a directory is durable too.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="failedSyncs">What <see cref="FailedSyncs"/> was before it was written.</param>
    /// <exception cref="MailStoreException">A sync failed, this one or another since then.</exception>
    internal Task SyncAsync(string directory, int failedSyncs)
    {
        var barrier = new Barrier([directory], () => RequireNoFailure(failedSyncs));
        Enqueue(barrier);
        return barrier.Completion;
    }

    /// <summary>Throws if a sync failed since the count was this: what was written before may be lost, although it can be read.</summary>
    internal void RequireNoFailure(int failedSyncs)
    {
        if (failedSyncs != FailedSyncs && _lastFailure is { } failure)
            throw new MailStoreException(failure.Fault, $"Cannot make durable: a sync of the store's disk failed after this was written, so it may be lost. {failure.Message}", failure);
    }

    /// <summary>Finishes what waits and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_waiting)
        {
            _closed = true;
            Monitor.Pulse(_waiting);
        }

        await _ended.Task;
    }

    private void Run()
    {
        var group = new List<CommitWork>();
        var directories = new HashSet<string>(StringComparer.Ordinal);
        while (TakeGroup(group))
        {
            Commit(group, directories);
            group.Clear();
            directories.Clear();
        }

        _ended.SetResult();
    }

    private bool TakeGroup(List<CommitWork> group)
    {
        lock (_waiting)
        {
            while (_waiting.Count == 0)
            {
                if (_closed)
                    return false;
                Monitor.Wait(_waiting);
            }

            while (group.Count < MostInGroup && _waiting.TryDequeue(out var work))
            {
                if (work.TryTake())
                    group.Add(work);
            }

            return true;
        }
    }

    private void Commit(List<CommitWork> group, HashSet<string> directories)
    {
        RunStep(group, static work => work.Write());
        RunStep(group, static work => work.Publish());
        if (group.Count == 0)
            return;

        try
        {
            foreach (var work in group)
                work.AddDirectories(directories);
            _disk.Sync(directories);
        }
        catch (Exception error)
        {
            var failure = DiskErrors.From(error, "make durable", "the store");
            _lastFailure = failure;
            Interlocked.Increment(ref _failedSyncs);
            foreach (var work in group)
                work.Fail(failure);
            return;
        }

        foreach (var work in group)
            work.Succeed();
    }

    // Work that fails leaves the group; the others go on. No exception may end the thread that all writers wait for.
    private static void RunStep(List<CommitWork> group, Action<CommitWork> step)
    {
        var kept = 0;
        for (var i = 0; i < group.Count; i++)
        {
            var work = group[i];
            try
            {
                step(work);
                group[kept++] = work;
            }
            catch (Exception error)
            {
                work.Fail(DiskErrors.From(error, "write a message to", "the store"));
            }
        }

        group.RemoveRange(kept, group.Count - kept);
    }

    // The count changes on this thread alone, so what holds in the first step holds until the group is synced.
    private sealed class Barrier(string[] directories, Action require) : CommitWork
    {
        internal override void Write() => require();

        internal override void Publish()
        {
        }

        internal override void Undo()
        {
        }

        internal override void AddDirectories(ISet<string> all) => all.UnionWith(directories);

        internal override void Announce()
        {
        }
    }
}
