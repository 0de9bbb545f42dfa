namespace MailOps.Client.Mailboxes;

/// <summary>A message that was put into a folder of an IMAP account.</summary>
public sealed record ImapAddedMessage
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder's UIDVALIDITY, with which the UID holds; null if the server does not tell (it has not UIDPLUS).</summary>
    public required uint? UidValidity { get; init; }

    /// <summary>The message's UID there; null if the server does not tell.</summary>
    public required uint? Uid { get; init; }

    /// <summary>Octets, with line ends as they were sent.</summary>
    public required long Size { get; init; }

    /// <summary>What it was made of: the path of a file, or the subject of a message of another cmdlet; null for others.</summary>
    public required string? Source { get; init; }
}
