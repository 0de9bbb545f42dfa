using System.Diagnostics.CodeAnalysis;

namespace MailOps.Server.Queue.Scheduling;

/// <summary>
/// The connections that a queue may have at once, given to destinations in turn. Those that could not be reached last time share a half of
/// them, since each may hold its place until a time-out: however many are dead, the others find room, and however busy those are, the dead are
/// tried. Guarded by the queue's lock.
/// </summary>
/// <param name="most">All of them.</param>
internal sealed class ConnectionPlaces(int most)
{
    private readonly int _mostDoubtful = Math.Max(most / 2, 1);
    private readonly int _leastDoubtful = Math.Max(most / 10, 1);
    private readonly Queue<Destination> _waiting = [];
    private readonly Queue<Destination> _waitingDoubtful = [];
    private int _taken;
    private int _takenDoubtful;

    /// <summary>True if a destination could use the place of a connection without work.</summary>
    public bool AreWanted => _taken >= most && (_waiting.Count > 0 || IsDoubtfulFirst);

    /// <summary>True if any destination waits for a place.</summary>
    public bool HasWaiting => _waiting.Count + _waitingDoubtful.Count > 0;

    private bool IsDoubtfulFirst => _waitingDoubtful.Count > 0 && _takenDoubtful < _leastDoubtful;

    /// <summary>Takes a place, or stands in the line for the next.</summary>
    /// <returns>What gives it back, or null where there is none.</returns>
    public Place? TryTake(Destination destination)
    {
        var isDoubtful = destination.Failures > 0;
        if (_taken >= most || (isDoubtful && _takenDoubtful >= _mostDoubtful))
        {
            if (!destination.WaitsForPlace)
                (isDoubtful ? _waitingDoubtful : _waiting).Enqueue(destination);
            destination.WaitsForPlace = true;
            return null;
        }

        _taken++;
        _takenDoubtful += isDoubtful ? 1 : 0;
        return new Place(isDoubtful);
    }

    /// <summary>Gives a place back.</summary>
    public void Return(Place place)
    {
        _taken--;
        _takenDoubtful -= place.IsDoubtful ? 1 : 0;
    }

    /// <summary>Takes the destination out of the line whose turn it is, if there is a place for it.</summary>
    public bool TryNext([NotNullWhen(true)] out Destination? next)
    {
        next = null;
        if (_taken < most && (IsDoubtfulFirst || !_waiting.TryDequeue(out next)) && _takenDoubtful < _mostDoubtful)
            _waitingDoubtful.TryDequeue(out next);
        if (next is not null)
            next.WaitsForPlace = false;
        return next is not null;
    }

    /// <summary>A place that was taken.</summary>
    /// <param name="IsDoubtful">True if its destination could not be reached last time.</param>
    internal sealed record Place(bool IsDoubtful);
}
