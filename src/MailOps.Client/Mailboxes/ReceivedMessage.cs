using MailOps.Maildir;
using MimeKit;

namespace MailOps.Client.Mailboxes;

/// <summary>A message that a server of this process took, with its envelope.</summary>
public sealed class ReceivedMessage : MailboxItem
{
    /// <summary>A message from its octets.</summary>
    public ReceivedMessage(byte[] octets)
        : base(octets, headersOnly: false)
    {
    }

    /// <summary>A message that is read when something of it is asked for: its octets and body as long as the blob is open.</summary>
    public ReceivedMessage(MessageBlob content)
        : base(content)
    {
    }

    /// <summary>The number of the server; 0 while the server has not taken the message yet.</summary>
    public required int ServerId { get; init; }

    /// <summary>The id that the sender was told in the reply, or null while it has not been.</summary>
    public required string? QueueId { get; init; }

    /// <summary>When the message was taken.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The envelope's sender, empty for a bounce.</summary>
    public required string Sender { get; init; }

    /// <summary>The envelope's recipients.</summary>
    public required string[] Recipient { get; init; }

    /// <summary>The id of the session that it came in.</summary>
    public required string Session { get; init; }

    /// <summary>The client's address and port.</summary>
    public required string? Remote { get; init; }

    /// <summary>The account that logged in to send it, or null.</summary>
    public required string? Login { get; init; }

    /// <summary>The text of the message, decoded: its plain text, or its HTML where it has no other. Empty if it has neither.</summary>
    public string Body => Message is MimeMessage message ? message.TextBody ?? message.HtmlBody ?? "" : "";
}
