namespace MailOps.Client.Migration;

/// <summary>How a mailbox is copied.</summary>
public sealed record CopyOptions
{
    /// <summary>Which folders, by their path; null for all.</summary>
    public Predicate<string>? IsWanted { get; init; }

    /// <summary>Where folders go that are to go elsewhere than to their own name; null for none.</summary>
    public FolderMap? Map { get; init; }

    /// <summary>Which messages; null for all.</summary>
    public MessageFilter? Filter { get; init; }

    /// <summary>True to carry flags that changed on the source after a message was copied.</summary>
    public bool Mirrors { get; init; }

    /// <summary>True to remove copies of messages that are gone from the source: those that this copier made or found, and whose content is still what was copied.</summary>
    public bool RemovesDeleted { get; init; }

    /// <summary>How many folders are under way at once, each with a connection to either end.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>True to try messages again that the target refused in an earlier run.</summary>
    public bool RetryRefused { get; init; }

    /// <summary>Where messages that the target refuses are kept; made when there is one.</summary>
    public required string QuarantinePath { get; init; }

    /// <summary>How often in a row a connection may be lost, or a server be silent, without a single message more on the target.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>How often in a row a folder may hear that a server is busy without a single message more on the target. Between them it waits as long as the server says, or from 10 seconds to 5 minutes.</summary>
    public int BusyRetries { get; init; } = 12;

    /// <summary>How long to wait after the first loss; twice as long after each one more.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a server may take for what was on its way when a run was killed, or its connection lost: a server ends the command that it has, though nobody waits for it any more.
    /// Until then nothing of that is sent again.
    /// </summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told what people should know: of a lost connection, of a folder under another name.</summary>
    public Func<string, ValueTask> Warn { get; init; } = _ => ValueTask.CompletedTask;

    /// <summary>Told how far it is, often and from any thread.</summary>
    public Func<CopyProgress, ValueTask> Tell { get; init; } = _ => ValueTask.CompletedTask;

    /// <summary>Called before messages are sent to the target; what it throws ends the copy.</summary>
    public Action? Guard { get; init; }

    /// <summary>Told what became of each message, from any thread; null for nobody.</summary>
    public Action<CopiedMessage>? Log { get; init; }
}
