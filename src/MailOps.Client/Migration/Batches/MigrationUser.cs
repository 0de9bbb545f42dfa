namespace MailOps.Client.Migration.Batches;

/// <summary>A mailbox of a batch, and how far it is.</summary>
public sealed record MigrationUser
{
    /// <summary>The batch.</summary>
    public required string BatchName { get; init; }

    /// <summary>The user, once in a batch.</summary>
    public required string Identity { get; init; }

    /// <summary>The mailbox that is copied.</summary>
    public required string From { get; init; }

    /// <summary>Where it is copied to.</summary>
    public required string To { get; init; }

    /// <summary>Where it is.</summary>
    public required MigrationStatus Status { get; init; }

    /// <summary>What was asked for.</summary>
    public MigrationWish Wish { get; init; }

    /// <summary>The messages of the source that are meant, as the last pass found them, as far as it is; null before the first.</summary>
    public long? Messages { get; init; }

    /// <summary>Messages of the source beside those that a filter leaves out, as the last pass found them.</summary>
    public long Skipped { get; init; }

    /// <summary>Those of <see cref="Messages"/> that are on the target, or were refused: while a pass is under way those that earlier ones brought and it has not come to yet among them.</summary>
    public long Done { get; init; }

    /// <summary>Messages that all passes have copied.</summary>
    public long Copied { get; init; }

    /// <summary>Their octets.</summary>
    public long CopiedSize { get; init; }

    /// <summary>Messages that the target refuses, or the source does not show.</summary>
    public long Refused { get; init; }

    /// <summary>What the proof found that differs, but for what the target has beyond the source; null before it.</summary>
    public long? Differences { get; init; }

    /// <summary>Messages a second that are copied or found on the target by their content, over the last half minute; 0 while nothing is under way.</summary>
    public double Rate { get; init; }

    /// <summary>How much is done, from 0 to 100.</summary>
    public int PercentComplete => Messages is not > 0 ? (Status is MigrationStatus.Synced or MigrationStatus.Completed or MigrationStatus.CompletedWithWarnings ? 100 : 0) : (int)Math.Clamp(Done * 100 / Messages.Value, 0, 100);

    /// <summary>What went wrong, with what to do; null if nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>How often a pass was begun.</summary>
    public int Passes { get; init; }

    /// <summary>The worker that has it, or that had it last.</summary>
    public string? Worker { get; init; }

    /// <summary>When the last pass began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When a pass last came to its end.</summary>
    public DateTimeOffset? LastSynced { get; init; }

    /// <summary>When it was completed.</summary>
    public DateTimeOffset? Completed { get; init; }

    /// <summary>The record of the proof, without its ending; null if none is kept.</summary>
    public string? ReportPath { get; init; }

    /// <summary>Messages that the proof has looked at so far, while one is under way.</summary>
    internal long Proved { get; init; }

    /// <summary>True if messages that were refused are to be tried again by the next pass.</summary>
    internal bool RetriesRefused { get; init; }
}
