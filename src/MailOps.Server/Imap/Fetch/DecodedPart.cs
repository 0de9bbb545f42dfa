using System.Buffers;
using MailOps.Maildir;
using MailOps.Messages;
using MimeKit.Encodings;

namespace MailOps.Server.Imap.Fetch;

/// <summary>A part without its content transfer encoding (BINARY, RFC 3516): decoded in pieces, each time that it is read. Never holds a whole part.</summary>
internal sealed class DecodedPart
{
    private const int Piece = 32 * 1024;

    private readonly MessageBlob _blob;
    private readonly long _offset;
    private readonly long _end;
    private readonly Func<IMimeDecoder?> _decoder;

    // Encoded text may have any line ends; told are CRLF (RFC 3516 section 6).
    private readonly bool _hasLines;

    private DecodedPart(MessageBlob blob, MessagePart? part, Func<IMimeDecoder?> decoder)
    {
        _blob = blob;
        (_offset, _end) = part is null ? (0, blob.Length) : (part.BodyOffset, part.EndOffset);
        _decoder = decoder;
        _hasLines = part is { IsText: true } && !HasWideCharacters(part);
    }

    /// <summary>Its octets, once <see cref="MeasureAsync"/> has counted them.</summary>
    public long Length { get; private set; }

    /// <summary>The part, or the whole message, which has no encoding of its own. Null for an encoding that is not known.</summary>
    public static DecodedPart? Of(MessageBlob blob, MessagePart? part)
    {
        Func<IMimeDecoder?>? decoder = part?.Encoding.Trim().ToUpperInvariant() switch
        {
            null or "" or "7BIT" or "8BIT" or "BINARY" => static () => null,
            "BASE64" => static () => new Base64Decoder(),
            "QUOTED-PRINTABLE" => static () => new QuotedPrintableDecoder(),
            _ => null,
        };
        return decoder is null ? null : new DecodedPart(blob, part, decoder);
    }

    /// <summary>Counts the octets, and looks whether NUL is among some of them.</summary>
    /// <param name="partial">Which of them are asked for; null for all.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async ValueTask<bool> MeasureAsync((long Start, long Count)? partial, CancellationToken cancel)
    {
        Length = 0;
        var hasNul = false;
        var (start, count) = partial ?? (0, long.MaxValue);
        await foreach (var piece in ReadAsync(cancel))
        {
            hasNul |= Within(piece, Length, start, count).Span.Contains((byte)0);
            Length += piece.Length;
        }

        return hasNul;
    }

    /// <summary>Writes octets of it, waiting for a slow client.</summary>
    public async ValueTask WriteAsync(ImapReplyWriter replies, long start, long count, CancellationToken cancel)
    {
        var at = 0L;
        await foreach (var piece in ReadAsync(cancel))
        {
            var wanted = Within(piece, at, start, count);
            replies.Raw(wanted.Span);
            await replies.FlushIfLargeAsync();
            at += piece.Length;
            if (at >= start + count)
                return;
        }

        if (at < start + count)
            throw new EndOfStreamException("A message became shorter while it was being sent.");
    }

    private static bool HasWideCharacters(MessagePart part) => part.Parameters.Any(parameter =>
        parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)
        && (parameter.Value.Contains("16", StringComparison.Ordinal) || parameter.Value.Contains("32", StringComparison.Ordinal) || parameter.Value.Contains("ucs", StringComparison.OrdinalIgnoreCase)));

    // One octet after the other: few parts are encoded texts with such lines.
    private static int WithLines(ReadOnlySpan<byte> octets, Span<byte> lines, ref bool afterReturn)
    {
        var count = 0;
        foreach (var octet in octets)
        {
            if (octet == (byte)'\n' && !afterReturn)
                lines[count++] = (byte)'\r';
            afterReturn = octet == (byte)'\r';
            lines[count++] = octet;
        }

        return count;
    }

    private static ReadOnlyMemory<byte> Within(ReadOnlyMemory<byte> piece, long at, long start, long count)
    {
        var from = Math.Clamp(start - at, 0, piece.Length);
        var to = count == long.MaxValue ? piece.Length : Math.Clamp(start + count - at, 0, piece.Length);
        return from < to ? piece[(int)from..(int)to] : default;
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var decoder = _decoder();
        var octets = ArrayPool<byte>.Shared.Rent(Piece);
        var decoded = decoder is null ? [] : ArrayPool<byte>.Shared.Rent(decoder.EstimateOutputLength(octets.Length));
        var lines = decoder is null || !_hasLines ? [] : ArrayPool<byte>.Shared.Rent(2 * decoded.Length);
        var afterReturn = false;
        try
        {
            for (var at = _offset; at < _end;)
            {
                var read = await _blob.ReadAsync(octets.AsMemory(0, (int)Math.Min(octets.Length, _end - at)), at, cancel);
                if (read == 0)
                    break;
                at += read;
                if (decoder is null)
                {
                    yield return octets.AsMemory(0, read);
                    continue;
                }

                var count = decoder.Decode(octets, 0, read, decoded);
                yield return _hasLines ? lines.AsMemory(0, WithLines(decoded.AsSpan(0, count), lines, ref afterReturn)) : decoded.AsMemory(0, count);
            }
        }
        finally
        {
            foreach (var rented in (ReadOnlySpan<byte[]>)[octets, decoded, lines])
            {
                if (rented.Length > 0)
                    ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
