using MailOps.Maildir;
using MimeKit;

namespace MailOps.Client.Mailboxes;

/// <summary>A message read from a mailbox: its header's usual fields as plain values, its octets, and its MIME structure when asked for.</summary>
public abstract class MailboxItem
{
    private readonly Lazy<Parsed> _header;
    private readonly Lazy<MimeMessage?> _message;
    private readonly Func<byte[]?> _raw;

    private protected MailboxItem(byte[] octets, bool headersOnly)
        : this(() => octets, () => headersOnly ? null : octets, () => octets)
    {
        // The header is parsed here, the body only if Message is asked for.
        _ = _header.Value;
    }

    /// <summary>A message of any size: its header is read here, the rest from where it lies when it is asked for.</summary>
    private protected MailboxItem(MessageBlob content)
    {
        var header = Parsed.Of(content.AsStream());
        _header = new Lazy<Parsed>(header);
        var raw = new Lazy<byte[]>(() => All(content));
        _raw = () => raw.Value;
        _message = new Lazy<MimeMessage?>(() => MimeMessage.Load(content.AsStream(), persistent: true));
    }

    /// <summary>A message that is read when something of it is asked for. What is not there any more gives null, and its fields with it.</summary>
    private protected MailboxItem(Func<byte[]?> header, Func<byte[]?> raw)
        : this(header, raw, raw)
    {
    }

    private MailboxItem(Func<byte[]?> header, Func<byte[]?> raw, Func<byte[]?> whole)
    {
        _header = new Lazy<Parsed>(() => header() is { } octets ? Parsed.Of(new MemoryStream(octets, writable: false)) : Parsed.None);
        _message = new Lazy<MimeMessage?>(() => whole() is { } octets ? MimeMessage.Load(new MemoryStream(octets, writable: false)) : null);
        _raw = raw;
    }

    /// <summary>The message's number in the mailbox, from 1, valid for the session in which it was read.</summary>
    public required int Number { get; init; }

    /// <summary>Octets of the whole message as the server counts them.</summary>
    public required long Size { get; init; }

    /// <summary>The From field, or null.</summary>
    public string? From => _header.Value.From;

    /// <summary>The To field, or null.</summary>
    public string? To => _header.Value.To;

    /// <summary>The subject, decoded, or null.</summary>
    public string? Subject => _header.Value.Subject;

    /// <summary>The Date field, or null if there is none or it is no date.</summary>
    public DateTimeOffset? Date => _header.Value.Date;

    /// <summary>The message id without its brackets, or null.</summary>
    public string? MessageId => _header.Value.MessageId;

    /// <summary>All fields of the header, in their order.</summary>
    public IReadOnlyList<MessageHeader> Headers => _header.Value.Headers;

    /// <summary>The message's octets as they came, or null if only the header was read.</summary>
    public byte[]? Raw => _raw();

    /// <summary>The message as a MimeKit.MimeMessage, parsed when first asked for. Of the header alone if no more was read.</summary>
    public object? Message => _message.Value;

    private static byte[] All(MessageBlob content)
    {
        if (content.Length > Array.MaxLength)
            throw new IOException($"The message has {content.Length} octets, more than fit into one array: use Message, which is read piece by piece.");
        var octets = new byte[content.Length];
        _ = content.Read(octets, 0);
        return octets;
    }

    private sealed record Parsed(IReadOnlyList<MessageHeader> Headers, string? From, string? To, string? Subject, string? MessageId, DateTimeOffset? Date)
    {
        internal static Parsed None { get; } = new([], null, null, null, null, null);

        internal static Parsed Of(Stream octets)
        {
            var header = HeaderList.Load(octets);
            return new Parsed(
                [.. header.Select(h => new MessageHeader { Name = h.Field, Value = h.Value })],
                ValueOf(HeaderId.From),
                ValueOf(HeaderId.To),
                ValueOf(HeaderId.Subject),
                ValueOf(HeaderId.MessageId)?.Trim().TrimStart('<').TrimEnd('>'),
                ValueOf(HeaderId.Date) is { } date && MimeKit.Utils.DateUtils.TryParse(date, out var when) ? when : null);

            string? ValueOf(HeaderId id) => header.Contains(id) ? header[id] : null;
        }
    }
}
