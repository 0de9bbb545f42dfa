using MimeKit.Utils;

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

    /// <summary>When the server received it, as the topmost Received field tells (RFC 5321 section 4.4); null if there is none. POP3 has no other date of arrival.</summary>
    public DateTimeOffset? Arrived =>
        Headers.FirstOrDefault(one => one.Name.Equals("Received", StringComparison.OrdinalIgnoreCase))?.Value is { } received
        && DateUtils.TryParse(received[(received.LastIndexOf(';') + 1)..], out var time) ? time : null;
}
