namespace MailOps.Client.Migration;

/// <summary>What became of one folder.</summary>
public sealed record FolderCopyResult
{
    /// <summary>The folder's path in the source.</summary>
    public required string Folder { get; init; }

    /// <summary>What the target calls it.</summary>
    public required string Target { get; init; }

    /// <summary>The messages that the source has.</summary>
    public long Messages { get; init; }

    /// <summary>Those that were copied now.</summary>
    public long Copied { get; init; }

    /// <summary>Octets of those.</summary>
    public long CopiedSize { get; init; }

    /// <summary>Those that were on the target: copied by an earlier run, or found there by their content.</summary>
    public long AlreadyThere { get; init; }

    /// <summary>Those that the target refused, now or in an earlier run, or that the source could not show.</summary>
    public long Refused { get; init; }

    /// <summary>Those that no filter meant.</summary>
    public long Skipped { get; init; }

    /// <summary>Copies of earlier runs that were given the flags that their messages have now.</summary>
    public long FlagsChanged { get; init; }

    /// <summary>Copies of earlier runs that were removed, since their messages are gone from the source.</summary>
    public long Removed { get; init; }

    /// <summary>Those that the source says to have and did not show.</summary>
    public long NotShown { get; init; }

    /// <summary>Keywords of copied messages that the target's folder did not keep: it has no room for more, or takes none but its own.</summary>
    public IReadOnlyList<string> KeywordsLost { get; init; } = [];

    /// <summary>Why the folder was not copied to its end; null if it was.</summary>
    public string? Error { get; init; }
}
