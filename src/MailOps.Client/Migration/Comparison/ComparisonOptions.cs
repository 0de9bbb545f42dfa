namespace MailOps.Client.Migration.Comparison;

/// <summary>How two mailboxes are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Where folders of the reference are in the other mailbox that are elsewhere than under their own name; null for none. Two may be one there.</summary>
    public FolderMap? Map { get; init; }

    /// <summary>Which folders, by their path; null for all.</summary>
    public Predicate<string>? IsWanted { get; init; }

    /// <summary>Which messages; null for all. What it leaves out of the reference is not asked for in the other mailbox, and what the other has beyond is told of if it takes that.</summary>
    public MessageFilter? Filter { get; init; }

    /// <summary>True to tell of what is equal, too.</summary>
    public bool IncludeEqual { get; init; }

    /// <summary>True if flags and keywords do not matter.</summary>
    public bool IgnoreFlags { get; init; }

    /// <summary>True if dates of arrival do not matter.</summary>
    public bool IgnoreDates { get; init; }

    /// <summary>How many folders are read at once, each with a connection to either end.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Told how far it is, often and from any thread.</summary>
    public Func<CopyProgress, ValueTask> Tell { get; init; } = _ => ValueTask.CompletedTask;
}
