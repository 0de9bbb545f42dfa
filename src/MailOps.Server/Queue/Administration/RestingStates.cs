namespace MailOps.Server.Queue.Administration;

/// <summary>The destinations of a queue that no server has, counted message by message.</summary>
internal sealed class RestingStates(RestingQueue queue, DateTimeOffset now)
{
    private readonly SortedDictionary<string, Counted> _targets = new(StringComparer.Ordinal);

    /// <summary>Counts a message for one of its destinations.</summary>
    public void Count(string target, QueueEntry entry)
    {
        if (!_targets.TryGetValue(target, out var counted))
            _targets.Add(target, counted = new Counted(entry));
        counted.Take(entry, now);
    }

    /// <summary>What was counted, by name. What went wrong is read when it is looked at.</summary>
    public IEnumerable<QueueState> All() =>
        _targets.Select(one => new QueueState(one.Key, one.Value.Count, one.Value.Suspended, 0, queue.LastErrorOf(one.Value.Latest), one.Value.NextTry, IsBackedOff: false) { Scheduled = one.Value.Scheduled });

    private sealed class Counted(QueueEntry first)
    {
        public int Count { get; private set; }

        public int Suspended { get; private set; }

        public int Scheduled { get; private set; }

        public DateTimeOffset? NextTry { get; private set; }

        // Whose next try is the latest was tried last, more or less: what was in its way is what is in the way now.
        public QueueEntry Latest { get; private set; } = first;

        public void Take(QueueEntry entry, DateTimeOffset now)
        {
            Count++;
            Suspended += entry.IsSuspended ? 1 : 0;
            Scheduled += !entry.IsSuspended && entry.IsScheduled(now) ? 1 : 0;
            if (!entry.IsSuspended && !(NextTry <= entry.Due))
                NextTry = entry.Due;
            if (entry.Due > Latest.Due)
                Latest = entry;
        }
    }
}
