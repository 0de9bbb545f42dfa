namespace MailOps.Client.Mailboxes;

/// <summary>A folder of an IMAP account.</summary>
public sealed record ImapFolder
{
    /// <summary>The full name, levels separated as the server does.</summary>
    public required string Name { get; init; }

    /// <summary>Its levels with <c>/</c> between them, whatever the server has there, and without what stands before all of the account's folders: what Copy-Mailbox and Compare-Mailbox call it.</summary>
    public required string Path { get; init; }

    /// <summary>What separates levels of names; null if there are no levels.</summary>
    public required string? Separator { get; init; }

    /// <summary>False for a name that only stands above others, and holds no messages.</summary>
    public required bool CanOpen { get; init; }

    /// <summary>True if the account is subscribed to it, where the server says so.</summary>
    public required bool IsSubscribed { get; init; }

    /// <summary>What it is for (RFC 6154), such as <c>\Sent</c>; null for nothing.</summary>
    public required string? SpecialUse { get; init; }

    /// <summary>Its messages; null if that was not asked for.</summary>
    public int? Messages { get; init; }

    /// <summary>Those that were not seen.</summary>
    public int? Unseen { get; init; }

    /// <summary>Octets of all messages (RFC 8438); null if the server does not say.</summary>
    public long? Size { get; init; }

    /// <summary>Above every UID that was given so far.</summary>
    public uint? UidNext { get; init; }

    /// <summary>UIDs hold as long as this is the same.</summary>
    public uint? UidValidity { get; init; }

    /// <summary>The highest mod-sequence (RFC 7162); null if the server has none.</summary>
    public ulong? HighestModSeq { get; init; }

    /// <summary>The quota root that it is under (RFC 9208); null for none, or if that was not asked for.</summary>
    public string? QuotaRoot { get; init; }

    /// <summary>Octets that are used of the quota, in steps of 1024.</summary>
    public long? QuotaUsed { get; init; }

    /// <summary>Octets that the quota allows.</summary>
    public long? QuotaLimit { get; init; }
}
