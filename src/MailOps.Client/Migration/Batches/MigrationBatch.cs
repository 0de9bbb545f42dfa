namespace MailOps.Client.Migration.Batches;

/// <summary>A batch of mailboxes that are moved together, and how far it is.</summary>
public sealed record MigrationBatch
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is: the first status of <see cref="MigrationStatus"/> that any of its users has.</summary>
    public required MigrationStatus Status { get; init; }

    /// <summary>How many mailboxes it has.</summary>
    public required int TotalCount { get; init; }

    /// <summary>Those that wait.</summary>
    public required int QueuedCount { get; init; }

    /// <summary>Those that are under way.</summary>
    public required int ActiveCount { get; init; }

    /// <summary>Those whose copy is whole as of their last pass.</summary>
    public required int SyncedCount { get; init; }

    /// <summary>Those that are done.</summary>
    public required int CompletedCount { get; init; }

    /// <summary>Those that failed.</summary>
    public required int FailedCount { get; init; }

    /// <summary>Those that are held or given up.</summary>
    public required int StoppedCount { get; init; }

    /// <summary>The messages of all mailboxes that were looked into, without those that a filter leaves out.</summary>
    public required long Messages { get; init; }

    /// <summary>Those of them that are on the targets, or were refused.</summary>
    public required long Done { get; init; }

    /// <summary>Octets that were copied.</summary>
    public required long CopiedSize { get; init; }

    /// <summary>Messages that targets refused.</summary>
    public required long Refused { get; init; }

    /// <summary>Messages a second that are copied, or found on the targets by their content, over the last half minute, by all workers and through all mailboxes; 0 while nothing is queued or under way.</summary>
    public required double Rate { get; init; }

    /// <summary>
    /// How long it will take until nothing is queued or under way, as fast as it goes: what is to be copied at <see cref="Rate"/>, what is to be proved as fast as that goes, and, where
    /// nothing of either is known, mailboxes as fast as those are looked into that did not change. A mailbox that was not looked into counts as one of mean size; of one that was
    /// copied before, what came since is known when its pass begins. Null while that cannot be known.
    /// </summary>
    public required TimeSpan? Remaining { get; init; }

    /// <summary>How many workers are at work in its store.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When a pass of any of its mailboxes last came to its end.</summary>
    public required DateTimeOffset? LastSynced { get; init; }

    /// <summary>How it is copied.</summary>
    public required MigrationSettings Settings { get; init; }

    /// <summary>A batch, of what its users come to.</summary>
    internal static MigrationBatch Of(string name, DateTimeOffset created, MigrationSettings settings, IReadOnlyList<MigrationSum> sums, MigrationPace pace, int workers)
    {
        int Count(params MigrationStatus[] statuses) => sums.Where(sum => statuses.Contains(sum.Status)).Sum(sum => sum.Count);
        var isAtWork = Count(MigrationStatus.Queued, MigrationStatus.Syncing, MigrationStatus.Completing) > 0;
        return new MigrationBatch
        {
            Name = name,
            Status = sums.Count == 0 ? MigrationStatus.Completed : sums.Min(sum => sum.Status),
            TotalCount = sums.Sum(sum => sum.Count),
            QueuedCount = Count(MigrationStatus.Queued),
            ActiveCount = Count(MigrationStatus.Syncing, MigrationStatus.Completing),
            SyncedCount = Count(MigrationStatus.Synced),
            CompletedCount = Count(MigrationStatus.Completed, MigrationStatus.CompletedWithWarnings),
            FailedCount = Count(MigrationStatus.Failed),
            StoppedCount = Count(MigrationStatus.Suspended, MigrationStatus.Stopped),
            Messages = sums.Sum(sum => sum.Messages),
            Done = sums.Sum(sum => sum.Done),
            CopiedSize = sums.Sum(sum => sum.CopiedSize),
            Refused = sums.Sum(sum => sum.Refused),
            Rate = isAtWork ? pace.Copied : 0,
            Remaining = pace.Remaining(sums),
            WorkerCount = workers,
            Created = created,
            LastSynced = sums.Max(sum => sum.LastSynced),
            Settings = settings,
        };
    }
}
