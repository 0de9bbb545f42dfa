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

    /// <summary>Ends when all that was done in these directories before the call is durable.</summary>
    internal Task SyncAsync(params ReadOnlySpan<string> directories)
    {
        var barrier = new Barrier(directories.ToArray());
        Enqueue(barrier);
        return barrier.Completion;
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
            Interlocked.Increment(ref _failedSyncs);
            foreach (var work in group)
                work.Fail(DiskErrors.From(error, "make durable", "the store"));
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

    private sealed class Barrier(string[] directories) : CommitWork
    {
        internal override void Write()
        {
        }

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
