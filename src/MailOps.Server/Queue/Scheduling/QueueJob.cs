using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue.Scheduling;

/// <summary>A message's place with one destination: those of its recipients whose mail goes there. Guarded by the queue's lock.</summary>
internal sealed class QueueJob(QueueEntry entry, Destination destination)
{
    private DateTime _due = entry.Due.UtcDateTime;

    /// <summary>The message.</summary>
    public QueueEntry Entry { get; } = entry;

    /// <summary>The destination.</summary>
    public Destination Destination { get; } = destination;

    /// <summary>What the next server said of its recipients and could not be written down yet: they are not tried again for that. Used by whoever has it under way.</summary>
    public IReadOnlyList<SpoolRecord> Unwritten { get; set; } = [];

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset Due
    {
        get => new(_due, TimeSpan.Zero);
        set => _due = value.UtcDateTime;
    }

    /// <summary>The message's next job, or null: a chain, since nearly all have one.</summary>
    public QueueJob? Other { get; set; }

    /// <summary>Where it is. What stands in a queue under another number than this is not this job's place any more.</summary>
    public int Place { get; private set; }

    /// <summary>True once nothing of it is left, while others of its message still wait.</summary>
    public bool IsOver { get; set; }

    /// <summary>True while it is being sent.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Gives up the place that it has, and takes another.</summary>
    public int Move() => ++Place;
}
