namespace MailOps.Client.Migration;

/// <summary>What became of a copy.</summary>
public sealed record MailboxCopyResult
{
    /// <summary>The source.</summary>
    public required string From { get; init; }

    /// <summary>The target.</summary>
    public required string To { get; init; }

    /// <summary>Completed: every message is on the target. CompletedWithWarnings: all but refused ones and those that the source did not show, or without keywords that the target did not keep. Failed: a folder was not copied to its end; a second run goes on.</summary>
    public required string Status { get; init; }

    /// <summary>The messages of the source.</summary>
    public required long Messages { get; init; }

    /// <summary>Those that were copied now.</summary>
    public required long Copied { get; init; }

    /// <summary>Octets of those.</summary>
    public required long CopiedSize { get; init; }

    /// <summary>Those that were on the target.</summary>
    public required long AlreadyThere { get; init; }

    /// <summary>Those that did not arrive because a server refused them.</summary>
    public required long Refused { get; init; }

    /// <summary>Those that no filter meant.</summary>
    public long Skipped { get; init; }

    /// <summary>Copies of earlier runs that were given the flags that their messages have now.</summary>
    public long FlagsChanged { get; init; }

    /// <summary>Copies of earlier runs that were removed, since their messages are gone from the source.</summary>
    public long Removed { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What was done is noted here; a second run with it does what is missing.</summary>
    public required string JournalPath { get; init; }

    /// <summary>Each folder.</summary>
    public required IReadOnlyList<FolderCopyResult> Folders { get; init; }

    /// <summary>The refused messages: those of this run.</summary>
    public required IReadOnlyList<RefusedMessage> RefusedMessages { get; init; }
}
