namespace MailOps.Client.Mailboxes;

/// <summary>A message read over IMAP.</summary>
public sealed class ImapMessage : MailboxItem
{
    internal ImapMessage(byte[] octets, bool headersOnly)
        : base(octets, headersOnly)
    {
    }

    /// <summary>The message's UID in its folder.</summary>
    public required uint Uid { get; init; }

    /// <summary>The folder's UIDVALIDITY when the message was read: its UID holds as long as that is the same (RFC 9051 section 2.3.1.1).</summary>
    public required uint UidValidity { get; init; }

    /// <summary>The folder's full name.</summary>
    public required string Folder { get; init; }

    /// <summary>System flags such as <c>\Seen</c>, then keywords.</summary>
    public required IReadOnlyList<string> Flags { get; init; }

    /// <summary>When the server got the message, or null if it does not say.</summary>
    public required DateTimeOffset? InternalDate { get; init; }

    /// <summary>Its parts, those that hold no others, as far as they were asked for; null if they were not.</summary>
    public IReadOnlyList<ImapMessagePart>? Parts { get; init; }
}
