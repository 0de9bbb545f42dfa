namespace MailOps.Client.Migration.Journal;

/// <summary>What is noted of a message whose id on the source means nothing any more, since the source has numbered its messages anew: its content and its copy are still what they were.</summary>
public sealed record JournalOrphan
{
    /// <summary><see cref="JournalState.Copied"/>, or <see cref="JournalState.Begun"/> where it may be on the target or not.</summary>
    public required JournalState State { get; init; }

    /// <summary>The hash of its content.</summary>
    public required UInt128 Hash { get; init; }

    /// <summary>Its size in octets.</summary>
    public required long Size { get; init; }

    /// <summary>Its id on the target; null unless it is copied, and where the target told none.</summary>
    public string? TargetId { get; init; }

    /// <summary>The flags that it was given on the target; null unless it is copied.</summary>
    public string? Flags { get; init; }

    /// <summary>The id that it had on the source.</summary>
    public required string FormerId { get; init; }

    /// <summary>In which numbering of the source that was.</summary>
    internal long Generation { get; init; }
}
