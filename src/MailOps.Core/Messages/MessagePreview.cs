using System.Text;
using MailOps.Maildir;
using MimeKit;
using MimeKit.IO;
using MimeKit.IO.Filters;
using MimeKit.Text;
using MimeKit.Utils;

namespace MailOps.Messages;

/// <summary>The first words of a message as a list of messages shows them (RFC 8970): decoded, without markup, white space made single spaces.</summary>
internal static class MessagePreview
{
    /// <summary>The longest preview, in characters (RFC 8970 section 3.1).</summary>
    public const int MaxLength = 200;

    // How much of the text is looked at: some begin with pages of style.
    private const int MostOctets = 64 * 1024;

    /// <summary>Makes the preview; empty if the message has no text to show.</summary>
    /// <param name="message">The message.</param>
    /// <param name="structure">Its structure.</param>
    public static string Read(MessageBlob message, MessageStructure structure)
    {
        if (TextPartOf(structure.Root, MessageStructure.MaxDepth) is not { } part)
            return "";
        var octets = new byte[Math.Min(part.Octets, MostOctets)];
        var read = message.Read(octets, part.BodyOffset);
        using var decoded = new FilteredStream(new MemoryStream(octets, 0, read));
        if (MimeUtils.TryParse(part.Encoding, out ContentEncoding encoding))
            decoded.Add(DecoderFilter.Create(encoding));
        using var reader = new StreamReader(decoded, CharsetOf(part), detectEncodingFromByteOrderMarks: true);
        return part.Subtype.Equals("html", StringComparison.OrdinalIgnoreCase) ? OfHtml(reader) : OfText(reader);
    }

    // The first text that is shown; of alternatives the plain one.
    private static MessagePart? TextPartOf(MessagePart part, int depth)
    {
        if (depth == 0 || "attachment".Equals(part.Disposition, StringComparison.OrdinalIgnoreCase))
            return null;
        if (part.IsText)
            return IsPlain(part) || part.Subtype.Equals("html", StringComparison.OrdinalIgnoreCase) ? part : null;
        if (part.Message is { } inner)
            return TextPartOf(inner.Root, depth - 1);
        MessagePart? first = null;
        foreach (var child in part.Children)
        {
            if (TextPartOf(child, depth - 1) is not { } text)
                continue;
            if (IsPlain(text) || !part.Subtype.Equals("alternative", StringComparison.OrdinalIgnoreCase))
                return first is null || IsPlain(text) ? text : first;
            first ??= text;
        }

        return first;
    }

    private static bool IsPlain(MessagePart part) => part.Subtype.Equals("plain", StringComparison.OrdinalIgnoreCase);

    private static string OfText(StreamReader reader)
    {
        var preview = new Collector();
        var buffer = new char[1024];
        for (int read; !preview.IsFull && (read = reader.Read(buffer)) > 0;)
            preview.Add(buffer.AsSpan(0, read));
        return preview.ToString();
    }

    private static string OfHtml(StreamReader reader)
    {
        var preview = new Collector();
        var tokenizer = new HtmlTokenizer(reader) { IgnoreTruncatedTags = true };
        var hidden = 0;
        while (!preview.IsFull && tokenizer.ReadNextToken(out var token))
        {
            if (token is HtmlTagToken tag)
            {
                if (tag.Id is HtmlTagId.Head or HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Title)
                    hidden = Math.Max(0, tag.IsEndTag ? hidden - 1 : tag.IsEmptyElement ? hidden : hidden + 1);
                else if (tag.Id == HtmlTagId.Body)
                    hidden = 0;
                else if (tag.Id is not (HtmlTagId.A or HtmlTagId.B or HtmlTagId.I or HtmlTagId.Span or HtmlTagId.Font or HtmlTagId.Strong or HtmlTagId.U))
                    preview.Add(" ");
            }
            else if (hidden == 0 && token is HtmlDataToken { Kind: HtmlTokenKind.Data } data)
            {
                preview.Add(data.Data);
            }
        }

        return preview.ToString();
    }

    private static Encoding CharsetOf(MessagePart part)
    {
        try
        {
            var type = new ContentType("text", "plain");
            foreach (var (name, value) in part.Parameters)
            {
                if (name.Equals("charset", StringComparison.OrdinalIgnoreCase))
                    type.Charset = value;
            }

            // Text that claims to be US-ASCII and is not is UTF-8 more often than anything else.
            return type.CharsetEncoding is { CodePage: not 20127 } encoding ? encoding : Encoding.UTF8;
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    private sealed class Collector
    {
        private readonly StringBuilder _text = new(MaxLength);
        private int _characters;
        private bool _owesSpace;

        // A character outside the basic plane is two chars, and one character.
        public bool IsFull => _characters >= MaxLength;

        public void Add(ReadOnlySpan<char> text)
        {
            foreach (var c in text)
            {
                if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '\u200b' or '\u200c' or '\u200d' or '\ufeff' or '\u00ad')
                {
                    _owesSpace = _characters > 0;
                    continue;
                }

                if (_owesSpace && _characters < MaxLength - 1)
                {
                    _text.Append(' ');
                    _characters++;
                }

                _owesSpace = false;
                if (IsFull && !char.IsLowSurrogate(c))
                    return;
                _text.Append(c);
                if (!char.IsLowSurrogate(c))
                    _characters++;
            }
        }

        public override string ToString() => _text.ToString();
    }
}
