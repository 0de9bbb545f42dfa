namespace MailOps.Client.Migration.Batches;

/// <summary>The users of a batch that have one status, summed up.</summary>
internal sealed record MigrationSum
{
    /// <summary>Their status.</summary>
    public required MigrationStatus Status { get; init; }

    /// <summary>How many they are.</summary>
    public required int Count { get; init; }

    /// <summary>Those that were not looked into yet.</summary>
    public int Unseen { get; init; }

    /// <summary>Those of <see cref="Unseen"/> that are to be completed.</summary>
    public int UnseenToProve { get; init; }

    /// <summary>Those that were looked into, and of which nothing is known that is to be copied or proved.</summary>
    public int Unchanged { get; init; }

    /// <summary>The messages of those that were looked into.</summary>
    public long Messages { get; init; }

    /// <summary>Those of them that are on the targets, or were refused.</summary>
    public long Done { get; init; }

    /// <summary>Octets that were copied.</summary>
    public long CopiedSize { get; init; }

    /// <summary>Messages that targets refused.</summary>
    public long Refused { get; init; }

    /// <summary>Messages that are to be copied still.</summary>
    public long Missing { get; init; }

    /// <summary>Messages of users that are to be completed which are to be proved still.</summary>
    public long Unproved { get; init; }

    /// <summary>When a pass of any of them last came to its end.</summary>
    public DateTimeOffset? LastSynced { get; init; }
}
