using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Scheduling;

/// <summary>All that waits for one target, and what is known of it. Guarded by the queue's lock.</summary>
/// <param name="target">Where it is.</param>
/// <param name="demand">What the senders of its mail ask of connections.</param>
/// <param name="maxConnections">Connections that it may have at the most.</param>
/// <param name="pace">How many messages it may be sent in a minute, together with others of the same target; null for any number.</param>
internal sealed class Destination(RouteTarget target, SecurityDemand demand, int maxConnections, MinuteLimit? pace)
{
    // Connections that a destination begins with, and is given again after it could not be reached. Each message that it takes earns it one
    // more, so that there are twice as many with every round (Postfix: initial_destination_concurrency).
    private const int FirstWindow = 1;

    // Strangers may ask for a try.
    private static readonly TimeSpan LeastBetweenAsking = TimeSpan.FromMinutes(1);

    // Places of a list that has run empty.
    private const int KeptPlaces = 64;

    private readonly PriorityQueue<(QueueJob Job, int Place), DateTime> _waiting = new();
    private readonly PriorityQueue<(QueueJob Job, int Place), (int Priority, ulong Id)> _ready = new();
    private readonly Stack<TaskCompletionSource<bool>> _idle = new();
    private int _delivering;
    private DateTimeOffset? _growsAt;
    private DateTimeOffset _askedAt;
    private MinuteCount _incoming;
    private MinuteCount _outgoing;

    /// <summary>Where it is.</summary>
    public RouteTarget Target { get; } = target;

    /// <summary>What the senders of its mail ask of connections.</summary>
    public SecurityDemand Demand { get; } = demand;

    /// <summary>What it is called.</summary>
    public string Name { get; } = NameOf(target, demand);

    /// <summary>Messages that wait or are under way.</summary>
    public int Count { get; private set; }

    /// <summary>Connections that are open or being opened.</summary>
    public int Connections { get; set; }

    /// <summary>True while it has work for another connection, and the queue has none left.</summary>
    public bool WaitsForPlace { get; set; }

    /// <summary>Connections that it may have now.</summary>
    public int Window { get; private set; } = FirstWindow;

    /// <summary>How many times in a row it could not be reached.</summary>
    public int Failures { get; private set; }

    /// <summary>Until when it is left alone, or null.</summary>
    public DateTimeOffset? RetryAt { get; private set; }

    /// <summary>The last thing that went wrong, or null since a message was taken.</summary>
    public SmtpReply? LastError { get; private set; }

    /// <summary>Messages that came and that left in the last minute.</summary>
    public (int Incoming, int Outgoing) Rates(DateTimeOffset now) => (_incoming.Of(now), _outgoing.Of(now));

    /// <summary>The name of a destination: its target, and behind that what is asked of connections where that is not the usual.</summary>
    public static string NameOf(RouteTarget target, SecurityDemand demand) => demand switch
    {
        SecurityDemand.Required => $"{target.Text} (REQUIRETLS)",
        SecurityDemand.Optional => $"{target.Text} (TLS-Required: No)",
        _ => target.Text,
    };

    /// <summary>Takes a job in.</summary>
    /// <param name="job">The job.</param>
    /// <param name="now">The time.</param>
    /// <param name="isNew">False if it was there before.</param>
    public void Add(QueueJob job, DateTimeOffset now, bool isNew)
    {
        // What comes when nothing waits is tried at once.
        RetryAt = Count == 0 ? null : RetryAt;
        Count++;
        if (isNew)
            _incoming.Count(now);
        Wait(job, now);
    }

    /// <summary>A job that stays: it is tried when it is due.</summary>
    public void Wait(QueueJob job, DateTimeOffset now)
    {
        job.IsUnderWay = false;
        if (job.Entry.IsSuspended)
            return;
        // What is due already is at home in one list alone: of a long queue that a server starts with, places would be kept twice.
        if (job.Due <= now)
            MakeReady((job, job.Move()));
        else
            _waiting.Enqueue((job, job.Move()), job.Due.UtcDateTime);
    }

    private void MakeReady((QueueJob Job, int Place) next) => _ready.Enqueue(next, (-next.Job.Entry.Priority, next.Job.Entry.Id.Value));

    /// <summary>A job that is over.</summary>
    public void Remove(QueueJob job, DateTimeOffset now)
    {
        if (job.IsOver)
            return;
        _outgoing.Count(now);
        (job.IsUnderWay, job.IsOver) = (false, true);
        job.Move();
        Count--;
    }

    /// <summary>The next job to be sent: of those that are due the one with the highest priority that came first.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isSent">False if it is only told that it cannot be sent.</param>
    public QueueJob? Take(DateTimeOffset now, bool isSent)
    {
        if (isSent ? !HasReady(now) : !HasDue(now))
            return null;
        if (isSent)
            pace?.Count(now);
        var job = _ready.Dequeue().Job;
        job.Move();
        job.IsUnderWay = true;
        return job;
    }

    /// <summary>True if something could be sent now.</summary>
    public bool HasReady(DateTimeOffset now) => !(pace?.RoomAt(now) > now) && HasDue(now);

    private bool HasDue(DateTimeOffset now)
    {
        if (RetryAt > now)
            return false;
        var time = now.UtcDateTime;
        while (_waiting.TryPeek(out var next, out var due) && due <= time)
        {
            _waiting.Dequeue();
            if (next.Job.Place == next.Place)
                MakeReady(next);
        }

        // And so it is with one that came due at once.
        if (_waiting.Count == 0 && _waiting.Capacity > KeptPlaces)
            _waiting.TrimExcess();

        return HasBeenDue();
    }

    // Whether anything was found due before, whatever the destination waits for now.
    private bool HasBeenDue()
    {
        while (_ready.TryPeek(out var first, out _) && first.Job.Place != first.Place)
            _ready.Dequeue();
        return _ready.Count > 0;
    }

    /// <summary>When something is tried next, or null if nothing waits.</summary>
    public DateTimeOffset? NextTry(DateTimeOffset now)
    {
        var isDue = HasDue(now) || HasBeenDue();
        while (_waiting.TryPeek(out var first, out _) && first.Job.Place != first.Place)
            _waiting.Dequeue();
        DateTimeOffset? due = isDue ? now : _waiting.TryPeek(out _, out var next) ? new DateTimeOffset(next, TimeSpan.Zero) : null;
        due = due is not null && RetryAt > due ? RetryAt : due;
        return due is not null && pace?.RoomAt(now) is { } room && room > due ? room : due;
    }

    /// <summary>It took a message: it may have another connection.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isFirst">True if it was the first of its connection.</param>
    public void Succeeded(DateTimeOffset now, bool isFirst)
    {
        (Failures, RetryAt, LastError) = (0, null, null);
        _delivering += isFirst ? 1 : 0;
        if (!(_growsAt > now))
            Window = Math.Min(Window + 1, maxConnections);
    }

    /// <summary>A connection over which it took messages has come to its end.</summary>
    public void Left() => _delivering--;

    /// <summary>It answered, with a refusal of a message: it is there.</summary>
    public void Refused(SmtpReply reply) => (Failures, RetryAt, LastError) = (0, null, reply.Kept());

    /// <summary>
    /// It could not be reached, or wants no mail now. Of several connections that find out at once the first counts. While it takes mail over
    /// others it is there, and has as many connections as it wants: it is given no more for a while.
    /// </summary>
    /// <returns>False if it was found out before, or is there.</returns>
    public bool Failed(SmtpReply reply, DateTimeOffset now, QueueOptions options)
    {
        LastError = reply.Kept();
        if (_delivering > 0)
        {
            (Window, _growsAt) = (_delivering, now + options.FirstBackOff);
            return false;
        }

        Window = FirstWindow;
        if (RetryAt > now)
            return false;
        Failures++;
        RetryAt = now + RetrySchedule.BackOff(Failures, options);
        return true;
    }

    /// <summary>Tries it at once, whatever happened, if nobody asked for that within a minute.</summary>
    /// <returns>False if somebody did.</returns>
    public bool TryNow(DateTimeOffset now)
    {
        if (_askedAt <= now && now < _askedAt + LeastBetweenAsking)
            return false;
        (RetryAt, _askedAt) = (null, now);
        return true;
    }

    /// <summary>Waits for nothing that is later than that: the clock was ahead as it was set.</summary>
    public void WaitNoLonger(DateTimeOffset latest)
    {
        RetryAt = RetryAt > latest ? null : RetryAt;
        _growsAt = _growsAt > latest ? null : _growsAt;
    }

    /// <summary>Waits as a connection without work.</summary>
    public Task<bool> StandBy(out TaskCompletionSource<bool> place)
    {
        place = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _idle.Push(place);
        return place.Task;
    }

    /// <summary>Gives work to a connection that waits for it.</summary>
    /// <returns>False if none waits.</returns>
    public bool TryWake()
    {
        while (_idle.TryPop(out var place))
        {
            if (place.TrySetResult(true))
                return true;
        }

        return false;
    }
}
