using System.Buffers;
using System.IO.Pipelines;

namespace MailOps.Wire;

/// <summary>Sends messages as multi-line responses: stuffed, and ended by the final dot (RFC 1939 section 3, RFC 5321 section 4.5.2).</summary>
public static class DotStuffing
{
    private const int ChunkSize = 32 * 1024;

    /// <summary>Sends a message with CRLF line ends, then the final dot.</summary>
    /// <param name="output">Where to. Flushed as it fills; what is left, the final dot with it, is the caller's to flush, maybe with the next reply.</param>
    /// <param name="message">Read from where it stands to its end.</param>
    /// <param name="bodyLines">How many lines of the body are sent after the header and the empty line (TOP); null for all.</param>
    /// <param name="beforeFlush">Called before each wait for the peer: the place to set a deadline anew.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async ValueTask WriteDotStuffedAsync(this PipeWriter output, Stream message, int? bodyLines, Action? beforeFlush, CancellationToken cancel)
    {
        var encoder = new Encoder(bodyLines);
        // A page or two of a file are read where we are: changing the thread costs more.
        var isSmall = message.CanSeek && message.Length <= ChunkSize;
        // No more room than it takes: short messages that are read one after the other leave in one write.
        var size = isSmall ? (int)message.Length + 1 : ChunkSize;
        while (!encoder.IsFull)
        {
            var room = output.GetMemory(size)[..size];
            var read = isSmall ? message.Read(room.Span) : await message.ReadAsync(room, cancel).ConfigureAwait(false);
            if (read == 0)
                break;

            if (encoder.IsAsItIs(room.Span[..read]))
                output.Advance(read);
            else
                Encode(output, ref encoder, room.Span[..read]);
            if (output.UnflushedBytes < ChunkSize)
                continue;
            beforeFlush?.Invoke();
            await output.FlushAsync(cancel).ConfigureAwait(false);
        }

        encoder.End(output);
    }

    // The room may be given out anew, so the chunk is moved away first.
    private static void Encode(PipeWriter output, ref Encoder encoder, ReadOnlySpan<byte> chunk)
    {
        var moved = ArrayPool<byte>.Shared.Rent(chunk.Length);
        chunk.CopyTo(moved);
        // In the worst case every octet is a dot at the start of a line, after its CRLF.
        output.Advance(encoder.Encode(moved.AsSpan(0, chunk.Length), output.GetSpan(2 * chunk.Length)));
        ArrayPool<byte>.Shared.Return(moved);
    }

    private struct Encoder(int? bodyLines)
    {
        private bool _lineStart = true;
        private bool _emptyLine = true;
        private bool _inBody;
        private bool _afterCarriageReturn;
        private int _linesLeft = bodyLines ?? int.MaxValue;

        public bool IsFull { get; private set; }

        /// <summary>True if nothing of a chunk has to be changed or left out, as is so of most; it then counts as encoded.</summary>
        public bool IsAsItIs(ReadOnlySpan<byte> chunk)
        {
            if (bodyLines is not null || (_lineStart && chunk[0] == '.') || chunk.IndexOf("\n."u8) >= 0)
                return false;
            EndWith(chunk[^1]);
            return true;
        }

        /// <summary>Encodes a chunk into room of twice its length.</summary>
        public int Encode(ReadOnlySpan<byte> chunk, Span<byte> room)
        {
            var written = 0;
            while (!chunk.IsEmpty)
            {
                if (_lineStart && !StartLine())
                    break;
                if (_lineStart && chunk[0] == '.')
                    room[written++] = (byte)'.';

                var run = bodyLines is null ? ToLineWithDot(chunk) : ToLineEnd(chunk);
                chunk[..run].CopyTo(room[written..]);
                written += run;
                EndWith(room[written - 1]);
                chunk = chunk[run..];
            }

            return written;
        }

        private void EndWith(byte octet)
        {
            _lineStart = octet == '\n';
            _afterCarriageReturn = octet == '\r';
        }

        /// <summary>Counts a line of the body (TOP). False when there were enough.</summary>
        private bool StartLine()
        {
            _emptyLine = true;
            if (_inBody && _linesLeft-- == 0)
                IsFull = true;
            return !IsFull;
        }

        // Where all lines are sent only those that start with a dot matter: the rest is copied in one go.
        private static int ToLineWithDot(ReadOnlySpan<byte> chunk)
        {
            var lineFeed = chunk.IndexOf("\n."u8);
            return lineFeed < 0 ? chunk.Length : lineFeed + 1;
        }

        private int ToLineEnd(ReadOnlySpan<byte> chunk)
        {
            var lineFeed = chunk.IndexOf((byte)'\n');
            var text = lineFeed < 0 ? chunk : chunk[..lineFeed];
            _emptyLine &= text.IndexOfAnyExcept((byte)'\r') < 0;
            if (lineFeed < 0)
                return chunk.Length;
            _inBody |= _emptyLine;
            return lineFeed + 1;
        }

        /// <summary>The final dot, after a line end if the message lacks one.</summary>
        public readonly void End(PipeWriter output)
        {
            var end = _lineStart ? ".\r\n"u8 : _afterCarriageReturn ? "\n.\r\n"u8 : "\r\n.\r\n"u8;
            end.CopyTo(output.GetSpan(end.Length));
            output.Advance(end.Length);
        }
    }
}
