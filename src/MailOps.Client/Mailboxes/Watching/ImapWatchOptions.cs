namespace MailOps.Client.Mailboxes.Watching;

/// <summary>What is watched, and what of it is told.</summary>
public sealed record ImapWatchOptions
{
    /// <summary>The folders' full names.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>What to read of each message.</summary>
    public ImapReading Reading { get; init; } = new();

    /// <summary>True to tell what is there already, before what comes.</summary>
    public bool IncludesExisting { get; init; }

    /// <summary>Tells of what is there already what arrived then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Time between two looks at what the server does not tell of by itself.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Called with a message; the next one is read when it has returned.</summary>
    public required Func<ImapMessage, Task> Tell { get; init; }

    /// <summary>Called with what went wrong, and is tried again.</summary>
    public required Func<string, Task> Warn { get; init; }

    /// <summary>Called with a folder that cannot be watched from the beginning, and why.</summary>
    public required Func<string, Exception, Task> Fail { get; init; }

    /// <summary>Called with how the folders are watched, whenever that begins.</summary>
    public required Func<string, Task> Note { get; init; }
}
