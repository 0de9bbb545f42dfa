using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue;

/// <summary>
/// A message in the queue as memory has it: what its file name tells. Half a million of them are nothing to worry about, so times take eight
/// octets each, and what is only wanted while a message is sent is read from its file then.
/// </summary>
internal sealed class QueueEntry(SpoolName name)
{
    private static readonly DateTime Unknown = DateTime.MaxValue;

    private readonly long _size = name.Size;
    private readonly bool _hasRelease = name.HasRelease;
    private readonly sbyte _priority = (sbyte)name.Priority;
    private readonly byte _demand = (byte)name.Demand;
    private DateTime _due = name.Due.UtcDateTime;
    private DateTime _deadline = name.Deadline?.UtcDateTime ?? Unknown;
    private DateTime _expires = Unknown;
    private DateTime _released = name.HasRelease ? Unknown : name.Id.Arrived.UtcDateTime;

    /// <summary>Its id.</summary>
    public QueueId Id { get; } = name.Id;

    /// <summary>The file's name. It changes with the schedule; what changed is in memory when it is durable.</summary>
    public SpoolName Name
    {
        get => new(Id, Due, _size, _priority, NextHop, IsSuspended, IsReporting, IsWarned, Demand, _hasRelease, Deadline);
        set => (Due, NextHop, IsSuspended, IsReporting, IsWarned, Deadline) = (value.Due, value.NextHop, value.IsSuspended, value.IsReporting, value.IsWarned, value.Deadline);
    }

    /// <summary>What its sender asks of the connections that it crosses.</summary>
    public SecurityDemand Demand => (SecurityDemand)_demand;

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset Due
    {
        get => new(_due, TimeSpan.Zero);
        private set => _due = value.UtcDateTime;
    }

    /// <summary>By when its sender wants it delivered, while that is still to be seen to; null if there is nothing, or nothing more, to be done then.</summary>
    public DateTimeOffset? Deadline
    {
        get => Known(_deadline);
        private set => _deadline = value?.UtcDateTime ?? Unknown;
    }

    /// <summary>When what is not delivered goes back, as its envelope says; null until that was read.</summary>
    public DateTimeOffset? Expires => Known(_expires);

    /// <summary>True if its sender asked that it leaves later (RFC 4865).</summary>
    public bool HasRelease => _hasRelease;

    /// <summary>Since when it may leave; null while only its envelope tells.</summary>
    public DateTimeOffset? Released => Known(_released);

    /// <summary>True while it waits for the time before which its sender does not want it to leave. It was not tried before that: while only its envelope tells, it is when it is due.</summary>
    public bool IsScheduled(DateTimeOffset now) => _hasRelease && (Released ?? Due) > now;

    /// <summary>Takes in what only the envelope tells.</summary>
    public void Learn(Envelope envelope) => (_expires, _released) = (envelope.Expires.UtcDateTime, (envelope.HeldUntil ?? Id.Arrived).UtcDateTime);

    /// <summary>Octets of the message.</summary>
    public long Size => _size;

    /// <summary>-9 to 9 (RFC 6710).</summary>
    public int Priority => _priority;

    /// <summary>What all of its recipients wait for, or null if that is not one domain.</summary>
    public string? NextHop { get; private set; } = name.NextHop;

    /// <summary>True while an administrator holds it.</summary>
    public bool IsSuspended { get; private set; } = name.IsSuspended;

    /// <summary>True while a report about it is being made.</summary>
    public bool IsReporting { get; private set; } = name.IsReporting;

    /// <summary>True once its sender was warned that it takes long, or need not be.</summary>
    public bool IsWarned { get; private set; } = name.IsWarned;

    private static DateTimeOffset? Known(DateTime time) => time == Unknown ? null : new(time, TimeSpan.Zero);
}
