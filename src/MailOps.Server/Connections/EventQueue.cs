namespace MailOps.Server.Connections;

/// <summary>The events that wait for one listener. While there are some, a thread of the pool calls it.</summary>
internal sealed class EventQueue(Action<ServerEvent> listener, int capacity, Action countDropped, Action<EventQueue> remove) : IDisposable
{
    private readonly Queue<(ServerEvent? Happened, TaskCompletionSource? Flushed)> _waiting = [];
    private int _events;
    private long _dropped;
    private DateTimeOffset _droppedLast;
    private bool _isTelling;
    private bool _isClosed;

    /// <summary>Takes an event in, or drops it where there is no place.</summary>
    public void Add(ServerEvent happened)
    {
        lock (_waiting)
        {
            if (_isClosed)
                return;
            if (_events >= capacity)
            {
                _dropped++;
                _droppedLast = happened.Time;
                countDropped();
                return;
            }

            EnqueueGap();
            _events++;
            Enqueue(happened, null);
        }
    }

    /// <summary>Ends when the listener was told what waits now, or is called no more.</summary>
    public Task FlushAsync()
    {
        lock (_waiting)
        {
            if (_isClosed)
                return Task.CompletedTask;
            var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            EnqueueGap();
            Enqueue(null, flushed);
            return flushed.Task;
        }
    }

    /// <summary>Calls the listener no more.</summary>
    public void Dispose()
    {
        remove(this);
        lock (_waiting)
        {
            _isClosed = true;
            while (_waiting.TryDequeue(out var next))
                next.Flushed?.TrySetResult();
            _events = 0;
            _dropped = 0;
        }
    }

    // Dropped events are told of where they are missing, beside the bound: there is one such event for each gap.
    private void EnqueueGap()
    {
        if (_dropped == 0)
            return;
        Enqueue(new EventsDropped { Time = _droppedLast, Count = _dropped }, null);
        _dropped = 0;
    }

    private void Enqueue(ServerEvent? happened, TaskCompletionSource? flushed)
    {
        _waiting.Enqueue((happened, flushed));
        if (_isTelling)
            return;
        _isTelling = true;
        ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Tell(), this, preferLocal: false);
    }

    private void Tell()
    {
        while (TryTake(out var happened, out var flushed))
        {
            flushed?.TrySetResult();
            if (happened is null)
                continue;
#pragma warning disable CA1031 // Whatever a listener throws is its own end and nobody else's.
            try
            {
                listener(happened);
            }
            catch (Exception)
            {
                Dispose();
            }
#pragma warning restore CA1031
        }
    }

    private bool TryTake(out ServerEvent? happened, out TaskCompletionSource? flushed)
    {
        lock (_waiting)
        {
            if (_waiting.Count == 0)
                EnqueueGap();
            _isTelling = _waiting.TryDequeue(out var next);
            (happened, flushed) = next;
            if (happened is not (null or EventsDropped))
                _events--;
            return _isTelling;
        }
    }
}
