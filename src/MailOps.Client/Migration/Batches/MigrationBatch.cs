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

    /// <summary>The messages of all mailboxes that were looked into.</summary>
    public required long Messages { get; init; }

    /// <summary>Those of them that are on the targets, or were refused.</summary>
    public required long Done { get; init; }

    /// <summary>Octets that were copied.</summary>
    public required long CopiedSize { get; init; }

    /// <summary>Messages that targets refused.</summary>
    public required long Refused { get; init; }

    /// <summary>Messages a second, over the last half minute, by all workers.</summary>
    public required double Rate { get; init; }

    /// <summary>How long it will take until all is copied that is queued or under way, at this rate; a mailbox that was not looked into counts as one of mean size. Null while that cannot be known.</summary>
    public required TimeSpan? Remaining { get; init; }

    /// <summary>How many workers are at work in its store.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When a pass of any of its mailboxes last came to its end.</summary>
    public required DateTimeOffset? LastSynced { get; init; }

    /// <summary>How it is copied.</summary>
    public required MigrationSettings Settings { get; init; }

    /// <summary>Sums up the users of a batch.</summary>
    internal static MigrationBatch Of(string name, DateTimeOffset created, MigrationSettings settings, IReadOnlyList<MigrationUser> users, int workers)
    {
        int Count(params MigrationStatus[] statuses) => users.Count(user => statuses.Contains(user.Status));
        var rate = users.Sum(user => user.Rate);
        return new MigrationBatch
        {
            Name = name,
            Status = users.Count == 0 ? MigrationStatus.Completed : users.Min(user => user.Status),
            TotalCount = users.Count,
            QueuedCount = Count(MigrationStatus.Queued),
            ActiveCount = Count(MigrationStatus.Syncing, MigrationStatus.Completing),
            SyncedCount = Count(MigrationStatus.Synced),
            CompletedCount = Count(MigrationStatus.Completed, MigrationStatus.CompletedWithWarnings),
            FailedCount = Count(MigrationStatus.Failed),
            StoppedCount = Count(MigrationStatus.Suspended, MigrationStatus.Stopped),
            Messages = users.Sum(user => user.Messages ?? 0),
            Done = users.Sum(user => user.Done),
            CopiedSize = users.Sum(user => user.CopiedSize),
            Refused = users.Sum(user => user.Refused),
            Rate = rate,
            Remaining = Left(users) is var left && left == 0 ? TimeSpan.Zero : left is { } messages && rate > 0 ? TimeSpan.FromSeconds(Math.Ceiling(messages / rate)) : null,
            WorkerCount = workers,
            Created = created,
            LastSynced = users.Max(user => user.LastSynced),
            Settings = settings,
        };
    }

    // What is to be copied still; null if no mailbox tells how large such a one is.
    private static double? Left(IReadOnlyList<MigrationUser> users)
    {
        var waiting = users.Where(user => user.Status is MigrationStatus.Queued or MigrationStatus.Syncing or MigrationStatus.Completing).ToList();
        var unknown = waiting.Count(user => user.Messages is null);
        var known = users.Where(user => user.Messages is not null).ToList();
        if (unknown > 0 && known.Count == 0)
            return null;
        return waiting.Sum(user => (double)Math.Max(0, (user.Messages ?? 0) - user.Done)) + (unknown > 0 ? unknown * known.Average(user => (double)user.Messages!.Value) : 0);
    }
}
