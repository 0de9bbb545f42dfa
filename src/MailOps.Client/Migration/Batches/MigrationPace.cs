namespace MailOps.Client.Migration.Batches;

/// <summary>How fast a batch is worked on, over the last half minute; zeros while nobody does.</summary>
/// <param name="Copied">Messages a second that are copied, found on the target by their content, or refused.</param>
/// <param name="Proved">Messages a second of sources that are proved.</param>
/// <param name="Looked">Mailboxes a second that were looked into, and in which there was nothing to do.</param>
internal readonly record struct MigrationPace(double Copied, double Proved, double Looked)
{
    /// <summary>How long it will take until nothing waits and nothing is under way; null while that cannot be known.</summary>
    /// <param name="sums">The users of the batch.</param>
    public TimeSpan? Remaining(IReadOnlyList<MigrationSum> sums)
    {
        var waiting = sums.Where(sum => sum.Status is MigrationStatus.Queued or MigrationStatus.Syncing or MigrationStatus.Completing).ToList();
        if (waiting.Count == 0)
            return TimeSpan.Zero;
        var (unseen, seen) = (waiting.Sum(sum => sum.Unseen), sums.Sum(sum => sum.Count - sum.Unseen));
        if (unseen > 0 && seen == 0)
            return null;
        var mean = seen == 0 ? 0 : sums.Sum(sum => (double)sum.Messages) / seen;
        var (missing, unproved) = (waiting.Sum(sum => sum.Missing + (sum.Unseen * mean)), waiting.Sum(sum => sum.Unproved + (sum.UnseenToProve * mean)));
        if (missing + unproved == 0)
            return InSeconds(waiting.Sum(sum => sum.Unchanged), Looked);

        // What goes on at the same time ends with what takes longest. Before the first proof it is taken that messages are proved as fast as they are copied.
        var times = Proved == 0 && Copied > 0 && unproved > 0
            ? [InSeconds(missing + unproved, Copied)]
            : new[] { InSeconds(missing, Copied), InSeconds(unproved, Proved) };
        if (times.Contains(null))
            return null;
        return times.Append(Looked > 0 ? InSeconds(waiting.Sum(sum => sum.Unchanged), Looked) : null).Max();
    }

    private static TimeSpan? InSeconds(double count, double rate) => count == 0 ? TimeSpan.Zero : rate == 0 ? null : TimeSpan.FromSeconds(Math.Min(Math.Ceiling(count / rate), int.MaxValue));
}
