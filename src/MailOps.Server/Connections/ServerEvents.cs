using System.Collections.Immutable;

namespace MailOps.Server.Connections;

/// <summary>
/// Hands events to whoever listens: to each listener in the order in which they were published, one at a time, on a thread of the pool and
/// never on the one that published. A slow listener holds up nobody but itself.
/// </summary>
/// <remarks>
/// For each listener a bounded number of events waits. What comes while all places are taken is dropped; the listener is told how much by
/// an <see cref="EventsDropped"/> where the gap is. A listener that throws is not called again.
/// </remarks>
public sealed class ServerEvents
{
    /// <summary>How many events wait for a listener unless it says otherwise: some seconds of a busy server.</summary>
    public const int DefaultCapacity = 16 * 1024;

    private readonly Action<ServerEvent>? _counter;
    private ImmutableArray<EventQueue> _queues = [];
    private long _dropped;

    /// <summary>Events that nobody hears of yet.</summary>
    public ServerEvents()
    {
    }

    /// <summary>Events that are counted where they are published, by something that returns at once and never throws.</summary>
    internal ServerEvents(Action<ServerEvent> counter) => _counter = counter;

    /// <summary>How many events were not told to a listener because it was too slow; one that two listeners missed counts twice.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Adds a listener; disposing the result takes it off, with what waits for it.</summary>
    /// <param name="listener">Called with each event that is published from now on.</param>
    /// <param name="capacity">How many events may wait for it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no place for a single event.</exception>
    public IDisposable Subscribe(Action<ServerEvent> listener, int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var queue = new EventQueue(listener, capacity, () => Interlocked.Increment(ref _dropped), Remove);
        ImmutableInterlocked.Update(ref _queues, (all, one) => all.Add(one), queue);
        return queue;
    }

    /// <summary>Tells every listener, and returns before they have heard.</summary>
    public void Publish(ServerEvent happened)
    {
        _counter?.Invoke(happened);
        foreach (var queue in _queues)
            queue.Add(happened);
    }

    /// <summary>Ends when every listener has been told what was published before the call. A listener that awaits it waits for itself.</summary>
    public Task FlushAsync() => Task.WhenAll(_queues.Select(queue => queue.FlushAsync()));

    private void Remove(EventQueue queue) =>
        ImmutableInterlocked.Update(ref _queues, (all, one) => all.Remove(one), queue);
}
