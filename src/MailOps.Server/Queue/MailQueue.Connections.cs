using MailOps.Server.Queue.Scheduling;

namespace MailOps.Server.Queue;

/// <content>The connections of all destinations, which share what the queue may have.</content>
internal sealed partial class MailQueue
{
    private readonly ConnectionPlaces _places;

    // The connections without work, those that wait longest first.
    private readonly Queue<TaskCompletionSource<bool>> _lingering = [];

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
            if (destination is { Count: 0, Connections: 0 })
                _destinations.Remove(destination.Name);
            if (_stopping.IsCancellationRequested)
                return;
            while (_places.TryNext(out var next))
                Pump(next, now);
            Pump(destination, now);
        });
    }

    private void EndLingering()
    {
        while (_lingering.TryDequeue(out var place) && !place.TrySetResult(false))
        {
        }
    }
}
