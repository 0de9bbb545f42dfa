namespace MailOps.Client.Migration;

/// <summary>A folder of a mailbox that is copied or compared.</summary>
public sealed record MailFolder
{
    /// <summary>What the mailbox calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The names of its levels, from the top, without what stands before all folders of a server. <c>INBOX</c> alone is the inbox.</summary>
    public required IReadOnlyList<string> Levels { get; init; }

    /// <summary>The levels of its name in a mailbox that has no folder of its use, where its own name is of use to its server alone; null for <see cref="Levels"/>.</summary>
    public IReadOnlyList<string>? Place { get; init; }

    /// <summary>True for All Mail of Gmail: what it has beside other folders is archived, and goes to All Mail of another such account.</summary>
    public bool IsAllMail { get; init; }

    /// <summary>What it is for (RFC 6154), such as <c>\Sent</c>; null for nothing.</summary>
    public string? SpecialUse { get; init; }

    /// <summary>True if the account is subscribed to it.</summary>
    public bool IsSubscribed { get; init; }

    /// <summary>False for a name that only stands above others.</summary>
    public bool HoldsMessages { get; init; } = true;

    /// <summary>Its messages; null if that is not known yet.</summary>
    public int? Messages { get; init; }

    /// <summary>The ids of messages hold as long as this is the same: over IMAP the UIDVALIDITY; null if the list of folders does not tell.</summary>
    public string? Epoch { get; init; }

    /// <summary>What changes when a message comes or goes; null if the mailbox has nothing of the kind.</summary>
    public string? State { get; init; }

    /// <summary>What changes when flags do; null if the mailbox has nothing of the kind.</summary>
    public string? FlagState { get; init; }

    /// <summary>Its levels with <c>/</c> between them, whatever the mailbox has there.</summary>
    public string Path => string.Join('/', Levels);

    /// <summary>True for the inbox, which every mailbox has.</summary>
    public bool IsInbox => Levels.Count == 1 && IsInboxName(Levels[0]);

    internal static bool IsInboxName(string name) => name.Equals("INBOX", StringComparison.OrdinalIgnoreCase);
}
