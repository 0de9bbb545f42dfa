namespace MailOps.Maildir.Disk;

/// <summary>A thread for what may wait for the disk, so that none of the pool's does: the bodies of large messages. It begins with the first.</summary>
internal sealed class WritingThread : IAsyncDisposable
{
    private readonly Queue<(Action Work, TaskCompletionSource Done)> _waiting = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private bool _closed;

    /// <summary>Ends when the work is done, with the exception that it threw.</summary>
    internal Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(MaildirStore));
            _waiting.Enqueue((work, done));
            Monitor.Pulse(_waiting);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "MailOps store writing" };
                _thread.Start();
            }
        }

        return done.Task;
    }

    /// <summary>Finishes what waits and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_waiting)
        {
            _closed = true;
            Monitor.Pulse(_waiting);
            if (_thread is null)
                return;
        }

        await _ended.Task;
    }

    private void Run()
    {
        while (TryTake(out var work, out var done))
        {
#pragma warning disable CA1031 // Whoever waits for the work gets what it threw.
            try
            {
                work();
                done.TrySetResult();
            }
            catch (Exception error)
            {
                done.TrySetException(error);
            }
#pragma warning restore CA1031
        }

        _ended.SetResult();
    }

    private bool TryTake(out Action work, out TaskCompletionSource done)
    {
        lock (_waiting)
        {
            while (_waiting.Count == 0 && !_closed)
                Monitor.Wait(_waiting);
            var isThere = _waiting.TryDequeue(out var next);
            (work, done) = next;
            return isThere;
        }
    }
}
