using MimeKit;

namespace MailOps.Client.Mailboxes;

/// <summary>A message read from a mailbox: its header's usual fields as plain values, its octets, and its MIME structure when asked for.</summary>
public abstract class MailboxItem
{
    private readonly Lazy<MimeMessage> _message;

    private protected MailboxItem(byte[] octets, bool headersOnly)
    {
        // The header is parsed here, the body only if Message is asked for.
        var header = HeaderList.Load(new MemoryStream(octets, writable: false));
        Headers = [.. header.Select(h => new MessageHeader { Name = h.Field, Value = h.Value })];
        From = ValueOf(HeaderId.From);
        To = ValueOf(HeaderId.To);
        Subject = ValueOf(HeaderId.Subject);
        MessageId = ValueOf(HeaderId.MessageId)?.Trim().TrimStart('<').TrimEnd('>');
        Date = ValueOf(HeaderId.Date) is { } date && MimeKit.Utils.DateUtils.TryParse(date, out var when) ? when : null;
        Raw = headersOnly ? null : octets;
        _message = new Lazy<MimeMessage>(() => MimeMessage.Load(new MemoryStream(octets, writable: false)));

        string? ValueOf(HeaderId id) => header.Contains(id) ? header[id] : null;
    }

    /// <summary>The message's number in the mailbox, from 1, valid for the session in which it was read.</summary>
    public required int Number { get; init; }

    /// <summary>Octets of the whole message as the server counts them.</summary>
    public required long Size { get; init; }

    /// <summary>The From field, or null.</summary>
    public string? From { get; }

    /// <summary>The To field, or null.</summary>
    public string? To { get; }

    /// <summary>The subject, decoded, or null.</summary>
    public string? Subject { get; }

    /// <summary>The Date field, or null if there is none or it is no date.</summary>
    public DateTimeOffset? Date { get; }

    /// <summary>The message id without its brackets, or null.</summary>
    public string? MessageId { get; }

    /// <summary>All fields of the header, in their order.</summary>
    public IReadOnlyList<MessageHeader> Headers { get; }

    /// <summary>The message's octets as they came, or null if only the header was read.</summary>
    public byte[]? Raw { get; }

    /// <summary>The message as a MimeKit.MimeMessage, parsed when first asked for. Of the header alone if no more was read.</summary>
    public object Message => _message.Value;
}
