using System.Text;
using MimeKit;

namespace MailOps.Messages;

/// <summary>The fields of one header that an envelope or a body structure is made of.</summary>
internal sealed class HeaderFields
{
    // Octets that cannot be UTF-8 are taken as Latin-1, so that something readable and stable comes of them.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<HeaderId, byte[]> _fields = [];

    /// <summary>Where the header started.</summary>
    public long Offset { get; init; }

    /// <summary>Where its empty line ended.</summary>
    public long End { get; set; }

    /// <summary>Takes a field if it is one of those told. The first of a name counts; further recipients are added to the first.</summary>
    public void Add(Header header)
    {
        switch (header.Id)
        {
            case HeaderId.To or HeaderId.Cc or HeaderId.Bcc when _fields.TryGetValue(header.Id, out var before):
                if (before.Length < MessageStructure.MaxFieldLength)
                    _fields[header.Id] = [.. before, (byte)',', .. Bounded(header.RawValue)];
                break;
            case HeaderId.To or HeaderId.Cc or HeaderId.Bcc
                or HeaderId.Date or HeaderId.Subject or HeaderId.From or HeaderId.Sender or HeaderId.ReplyTo or HeaderId.InReplyTo or HeaderId.MessageId
                or HeaderId.ContentType or HeaderId.ContentId or HeaderId.ContentDescription or HeaderId.ContentTransferEncoding or HeaderId.ContentMd5
                or HeaderId.ContentDisposition or HeaderId.ContentLanguage or HeaderId.ContentLocation:
                _fields.TryAdd(header.Id, Bounded(header.RawValue));
                break;
        }
    }

    /// <summary>A field's text, unfolded and trimmed, or null if it is missing.</summary>
    public string? Text(HeaderId id) => _fields.TryGetValue(id, out var raw) ? TextOf(raw) : null;

    /// <summary>As <see cref="Text"/>, but an empty field is as good as none.</summary>
    public string? NonEmpty(HeaderId id) => Text(id) is { Length: > 0 } text ? text : null;

    /// <summary>The envelope that these fields make.</summary>
    public Envelope ToEnvelope()
    {
        var from = Addresses(HeaderId.From);
        var sender = Addresses(HeaderId.Sender);
        var replyTo = Addresses(HeaderId.ReplyTo);
        return new Envelope
        {
            Date = Text(HeaderId.Date),
            Subject = Text(HeaderId.Subject),
            From = from,
            Sender = sender.Count > 0 ? sender : from,
            ReplyTo = replyTo.Count > 0 ? replyTo : from,
            To = Addresses(HeaderId.To),
            Cc = Addresses(HeaderId.Cc),
            Bcc = Addresses(HeaderId.Bcc),
            InReplyTo = Text(HeaderId.InReplyTo),
            MessageId = Text(HeaderId.MessageId),
        };
    }

    private IReadOnlyList<EnvelopeAddress> Addresses(HeaderId id) =>
        _fields.TryGetValue(id, out var raw) ? EnvelopeAddresses.Read(raw) : [];

    private static byte[] Bounded(byte[] raw) =>
        raw.Length <= MessageStructure.MaxFieldLength ? raw : raw[..MessageStructure.MaxFieldLength];

    /// <summary>The text of a raw field, unfolded and trimmed.</summary>
    public static string TextOf(byte[] raw) => Unfold(Decode(raw));

    private static string Decode(byte[] raw)
    {
        if (Ascii.IsValid(raw))
            return Encoding.ASCII.GetString(raw);

        try
        {
            return StrictUtf8.GetString(raw);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(raw);
        }
    }

    private static string Unfold(string text)
    {
        text = text.Trim();
        return text.AsSpan().ContainsAny('\r', '\n')
            ? text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)
            : text;
    }
}
