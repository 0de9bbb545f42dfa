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
        while (!encoder.IsFull)
        {
            // Twice the room: in the worst case every octet read is a dot at the start of a line, after its CRLF.
            var room = output.GetMemory(ChunkSize * 2);
            var chunk = room.Slice(room.Length / 2);
            var read = isSmall ? message.Read(chunk.Span) : await message.ReadAsync(chunk, cancel).ConfigureAwait(false);
            if (read == 0)
                break;

            output.Advance(encoder.Encode(chunk.Span[..read], room.Span));
            if (output.UnflushedBytes < ChunkSize)
                continue;
            beforeFlush?.Invoke();
            await output.FlushAsync(cancel).ConfigureAwait(false);
        }

        encoder.End(output);
    }

    private struct Encoder(int? bodyLines)
    {
        private bool _lineStart = true;
        private bool _emptyLine = true;
        private bool _inBody;
        private bool _afterCarriageReturn;
        private int _linesLeft = bodyLines ?? int.MaxValue;

        public bool IsFull { get; private set; }

        /// <summary>Encodes a chunk that lies in the second half of the room into the room from its start: writing never overtakes reading.</summary>
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
                _lineStart = room[written - 1] == '\n';
                _afterCarriageReturn = room[written - 1] == '\r';
                chunk = chunk[run..];
            }

            return written;
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
