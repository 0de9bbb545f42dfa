using System.Threading.Channels;

namespace MailOps.Server.Connections;

/// <summary>
/// The events of one or more servers, to be read one after the other. What is too much for a slow reader is dropped, counted, and told to it as
/// <see cref="EventsDropped"/> where it is missing.
/// </summary>
public sealed class EventStream : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Channel<(int Source, ServerEvent Happened)> _channel;
    private readonly int _capacity;
    private readonly List<IDisposable> _subscriptions = [];
    private readonly Func<ServerEvent, bool> _isWanted;
    private int _sources;
    private int _waiting;
    private long _dropped;
    private (int Source, DateTimeOffset Time) _droppedLast;

    /// <summary>A stream without a source yet.</summary>
    /// <param name="isWanted">Which events are kept; a gap always is.</param>
    /// <param name="capacity">How many events may wait for the reader.</param>
    public EventStream(Func<ServerEvent, bool> isWanted, int capacity = ServerEvents.DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _isWanted = isWanted;
        _capacity = capacity;
        _channel = Channel.CreateUnbounded<(int, ServerEvent)>();
    }

    /// <summary>Listens to one server more.</summary>
    /// <param name="source">What the events of this one are marked with.</param>
    /// <param name="events">Its events.</param>
    /// <param name="ended">When no more of them will come. The stream ends with the last of its sources.</param>
    public void Add(int source, ServerEvents events, Task ended)
    {
        Interlocked.Increment(ref _sources);
        _subscriptions.Add(events.Subscribe(happened => Take(source, happened), _capacity));
        _ = ended.ContinueWith(_ => RemoveAsync(events), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Reads what comes, until the last source has ended.</summary>
    /// <param name="cancel">Ends the reading.</param>
    public async IAsyncEnumerable<(int Source, ServerEvent Happened)> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var next in _channel.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
        {
            lock (_lock)
            {
                if (--_waiting == 0)
                    WriteGap();
            }

            yield return next;
        }
    }

    /// <summary>Listens no more.</summary>
    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
        _channel.Writer.TryComplete();
    }

    private void Take(int source, ServerEvent happened)
    {
        if (happened is not EventsDropped && !_isWanted(happened))
            return;
        lock (_lock)
        {
            if (_waiting >= _capacity)
            {
                _dropped += happened is EventsDropped gap ? gap.Count : 1;
                _droppedLast = (source, happened.Time);
                return;
            }

            WriteGap();
            Write(source, happened);
        }
    }

    private void WriteGap()
    {
        if (_dropped == 0)
            return;
        Write(_droppedLast.Source, new EventsDropped { Time = _droppedLast.Time, Count = _dropped });
        _dropped = 0;
    }

    private void Write(int source, ServerEvent happened)
    {
        if (_channel.Writer.TryWrite((source, happened)))
            _waiting++;
    }

    private async Task RemoveAsync(ServerEvents events)
    {
        await events.FlushAsync().ConfigureAwait(false);
        if (Interlocked.Decrement(ref _sources) > 0)
            return;
        lock (_lock)
            WriteGap();
        _channel.Writer.TryComplete();
    }
}
