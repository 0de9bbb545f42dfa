using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Transport;

namespace MailOps.Server.Queue;

/// <content>The connections of all destinations, which share what the queue may have.</content>
internal sealed partial class MailQueue
{
    private static readonly TimeSpan Remembrance = TimeSpan.FromHours(1);

    private readonly ConnectionPlaces _places;

    // The connections without work, those that wait longest first.
    private readonly Queue<TaskCompletionSource<bool>> _lingering = [];

    // The connections that are coming about, and for whom.
    private readonly Dictionary<Opening, Destination> _openings = [];

    /// <summary>A connection begins to come about.</summary>
    internal Opening BeginOpening(Destination destination, CancellationToken stopping)
    {
        var opening = new Opening(Transport.Clock, stopping);
        lock (_gate)
            _openings.Add(opening, destination);
        return opening;
    }

    /// <summary>It has, or not.</summary>
    internal void EndOpening(Opening opening)
    {
        lock (_gate)
            _openings.Remove(opening);
        opening.Dispose();
    }

    /// <summary>Waits for another job for a connection that has none.</summary>
    /// <returns>False if none came in time, or another destination needs the place.</returns>
    internal async Task<bool> StandByAsync(Destination destination, CancellationToken cancel)
    {
        Task<bool> turn;
        TaskCompletionSource<bool> place;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return false;
            if (destination.HasReady(Now))
                return true;
            if (_places.AreWanted)
                return false;
            turn = destination.StandBy(out place);
            while (_lingering.TryPeek(out var oldest) && oldest.Task.IsCompleted)
                _lingering.Dequeue();
            _lingering.Enqueue(place);
        }

        try
        {
            return await turn.WaitAsync(Options.Linger, Transport.Clock, cancel);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Whoever was woken just now takes the job.
            return !place.TrySetResult(false) && !cancel.IsCancellationRequested;
        }
    }

    private void Pump(Destination destination, DateTimeOffset now)
    {
        if (!destination.HasReady(now) || destination.TryWake())
            return;
        if (destination.Connections >= destination.Window)
            return;
        if (_places.TryTake(destination) is not { } place)
        {
            if (_places.AreWanted)
                EndLingering();
            return;
        }

        destination.Connections++;
        Run(() => new DestinationWorker(this, _settlement, destination, _stopping.Token, _aborting.Token).RunAsync(), now =>
        {
            destination.Connections--;
            _places.Return(place);
            ForgetIfEmpty(destination);
            if (_stopping.IsCancellationRequested)
                return;
            while (_places.TryNext(out var next))
                Pump(next, now);
            Pump(destination, now);
        });
    }

    // Whom others wait for is given up before the time-outs of the protocol, and who is waited for by nobody at once.
    private (IReadOnlyList<Opening> GivenUp, IReadOnlyList<Opening> Abandoned) FindIdleOpenings(DateTimeOffset now) =>
    (
        _places.HasWaiting ? [.. _openings.Keys.Where(opening => opening.Began + Options.Patience <= now || opening.Began > now)] : [],
        [.. _openings.Where(opening => opening.Value.Count == 0).Select(opening => opening.Key)]
    );

    private void EndLingering()
    {
        while (_lingering.TryDequeue(out var place) && !place.TrySetResult(false))
        {
        }
    }

    // That it could not be reached is known for a while, so that its mail does not come in the place of others' again and again.
    private void ForgetIfEmpty(Destination destination)
    {
        if (destination is { Count: 0, Connections: 0, Failures: 0 })
            _destinations.Remove(destination.Name);
    }

    private void ForgetFailures(DateTimeOffset now)
    {
        foreach (var (name, _) in _destinations.Where(one => one.Value is { Count: 0, Connections: 0 } && !(one.Value.RetryAt > now - Remembrance)).ToList())
            _destinations.Remove(name);
    }
}
