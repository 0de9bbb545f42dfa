namespace MailOps.Client.Migration.Comparison;

/// <summary>One difference between two mailboxes, or with Equal one message that both have.</summary>
public sealed record MailboxDifference
{
    /// <summary>What differs.</summary>
    public required DifferenceKind Kind { get; init; }

    /// <summary>Where the message or folder is, as Compare-Object has it: <c>&lt;=</c> only in the reference, <c>=&gt;</c> only in the other, <c>==</c> in both.</summary>
    public required string SideIndicator { get; init; }

    /// <summary>The folder's path in the reference; of an extra folder its path in the other.</summary>
    public required string Folder { get; init; }

    /// <summary>What the reference calls the message: over IMAP its UID; null if it has it not.</summary>
    public string? ReferenceId { get; init; }

    /// <summary>What the other mailbox calls the message; null if it has it not.</summary>
    public string? DifferenceId { get; init; }

    /// <summary>The message's Message-ID, without brackets, 998 characters at most; null if it has none.</summary>
    public string? MessageId { get; init; }

    /// <summary>The message's subject, decoded, 998 characters at most.</summary>
    public string? Subject { get; init; }

    /// <summary>What the reference has: the flags, the date, octets of the content.</summary>
    public string? Reference { get; init; }

    /// <summary>What the other has.</summary>
    public string? Difference { get; init; }
}
