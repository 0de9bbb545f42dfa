namespace MailOps.Client.Mailboxes;

/// <summary>A message read over POP3.</summary>
public sealed class Pop3Message : MailboxItem
{
    internal Pop3Message(byte[] octets, bool headersOnly)
        : base(octets, headersOnly)
    {
    }

    /// <summary>The unique id that stays the same from session to session, or null if the server has none (RFC 1939 section 7, UIDL).</summary>
    public required string? Uidl { get; init; }
}
