using System.Text;
using MailOps.Messages;
using MimeKit;

namespace MailOps.Server.Imap.Search;

/// <summary>Looks for a text in a message's body: in its text parts, decoded, and in the messages within it. Never holds a whole part.</summary>
internal static class BodyText
{
    private const int ChunkLength = 32 * 1024;

    public static async ValueTask<bool> ContainsAsync(Stream message, SearchText text, CancellationToken cancel)
    {
        if (text.IsEmpty)
            return true;

        try
        {
            // The parser does not tell where headers are. Bodies may be bounded as well while it looks for the parts' ends:
            // no boundary comes or goes by that. Persistent: what is decoded later is read from the stream again, as it is.
            var octets = new BoundedFieldStream(message) { IsInHeader = true };
            var parsed = message.Length <= MessageStructure.SmallMessage
                ? MimeMessage.Load(MessageStructure.ParserOptions, octets, persistent: true, cancel)
                : await MimeMessage.LoadAsync(MessageStructure.ParserOptions, octets, persistent: true, cancel);
            octets.IsInHeader = false;
            return parsed.Body is { } body && await ContainsAsync(body, text, cancel);
        }
        catch (FormatException)
        {
            // Not a message to MimeKit: then its octets are the text.
            message.Position = 0;
            return await ContainsAsync(message, Encoding.UTF8, text, isSmall: false, cancel);
        }
    }

    private static async ValueTask<bool> ContainsAsync(MimeEntity entity, SearchText text, CancellationToken cancel)
    {
        switch (entity)
        {
            case Multipart multipart:
                foreach (var part in multipart)
                {
                    if (await ContainsAsync(part, text, cancel))
                        return true;
                }

                return false;

            case MimeKit.MessagePart { Message: { } inner }:
                return inner.Headers.Any(h => text.IsIn($"{h.Field}: {h.Value}"))
                    || (inner.Body is { } body && await ContainsAsync(body, text, cancel));

            case TextPart { Content: { } content } part:
                await using (var decoded = content.Open())
                    return await ContainsAsync(decoded, Charset(part), text, content.Stream?.Length <= MessageStructure.SmallMessage, cancel);

            default:
                return false;
        }
    }

    private static async ValueTask<bool> ContainsAsync(Stream octets, Encoding encoding, SearchText text, bool isSmall, CancellationToken cancel)
    {
        using var reader = new StreamReader(octets, encoding, detectEncodingFromByteOrderMarks: false, ChunkLength, leaveOpen: true);
        // Each piece is looked at together with the end of the one before: the text may lie across.
        var buffer = new char[ChunkLength + text.Length];
        var kept = 0;
        while (true)
        {
            var read = isSmall ? reader.Read(buffer, kept, ChunkLength) : await reader.ReadAsync(buffer.AsMemory(kept, ChunkLength), cancel);
            if (read == 0)
                return false;
            var filled = kept + read;
            if (text.IsIn(Whole(buffer.AsSpan(0, filled))))
                return true;
            kept = Math.Min(text.Length, filled);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }
    }

    // Without halves of characters at both ends: the first belongs to what was looked at before, the last comes again.
    private static ReadOnlySpan<char> Whole(ReadOnlySpan<char> piece)
    {
        if (piece.Length > 0 && char.IsLowSurrogate(piece[0]))
            piece = piece[1..];
        return piece.Length > 0 && char.IsHighSurrogate(piece[^1]) ? piece[..^1] : piece;
    }

    private static Encoding Charset(TextPart part)
    {
        try
        {
            return part.ContentType.CharsetEncoding ?? Encoding.UTF8;
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
