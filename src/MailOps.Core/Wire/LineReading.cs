using System.Buffers;
using System.IO.Pipelines;

namespace MailOps.Wire;

/// <summary>Reads lines from a pipe without copying them.</summary>
public static class LineReading
{
    /// <summary>
    /// Reads up to the next LF. The caller advances the reader to <see cref="WireLine.Next"/> when it is done with the
    /// line, except after <see cref="WireLineStatus.TooLong"/>, where <see cref="DiscardLineAsync"/> goes on.
    /// </summary>
    /// <param name="input">The pipe.</param>
    /// <param name="maxLength">The longest line in octets, its line end not counted.</param>
    /// <param name="cancel">Ends the wait with an exception; <see cref="PipeReader.CancelPendingRead"/> ends it with
    /// <see cref="WireLineStatus.Interrupted"/>.</param>
    public static async ValueTask<WireLine> ReadLineAsync(this PipeReader input, int maxLength, CancellationToken cancel)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancel).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } lineFeed)
            {
                var content = WithoutCarriageReturn(buffer.Slice(0, lineFeed));
                var next = buffer.GetPosition(1, lineFeed);
                return content.Length <= maxLength
                    ? new WireLine(WireLineStatus.Line, content, next, !buffer.Slice(next).IsEmpty)
                    : new WireLine(WireLineStatus.TooLong, default, buffer.Start);
            }

            if (read.IsCanceled)
                return new WireLine(WireLineStatus.Interrupted, default, buffer.Start);

            // One more octet than the limit may be the CR of a line that just fits.
            if (buffer.Length > maxLength + 1)
                return new WireLine(WireLineStatus.TooLong, default, buffer.Start);

            if (read.IsCompleted)
                return new WireLine(WireLineStatus.End, buffer, buffer.End);

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Takes the outcome of <see cref="ReadLineAsync"/> that was too long out of the pipe, up to and with its line end.</summary>
    /// <param name="input">The pipe, on which a read is under way that was not yet advanced.</param>
    /// <param name="tooLong">The line that was too long.</param>
    /// <param name="maxDiscard">How many octets are read at the most before the peer is given up.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>False if the peer closed, or sent more than <paramref name="maxDiscard"/> octets without a line end.</returns>
    public static async ValueTask<bool> DiscardLineAsync(this PipeReader input, WireLine tooLong, long maxDiscard, CancellationToken cancel)
    {
        input.AdvanceTo(tooLong.Next);
        for (var discarded = 0L; discarded <= maxDiscard;)
        {
            var read = await input.ReadAsync(cancel).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } lineFeed)
            {
                input.AdvanceTo(buffer.GetPosition(1, lineFeed));
                return true;
            }

            discarded += buffer.Length;
            input.AdvanceTo(buffer.End);
            if (read.IsCompleted || read.IsCanceled)
                return false;
        }

        return false;
    }

    /// <summary>True if a whole line already waits in the pipe, so that a reply may be held back and sent with the next.</summary>
    public static bool HasBufferedLine(this PipeReader input)
    {
        if (!input.TryRead(out var read))
            return false;

        var found = read.Buffer.PositionOf((byte)'\n') is not null;
        // Examined only as far as it was consumed: the next read must see these octets at once.
        input.AdvanceTo(read.Buffer.Start);
        // An interruption is meant for the read that waits, not for this look.
        if (read.IsCanceled)
            input.CancelPendingRead();
        return found;
    }

    private static ReadOnlySequence<byte> WithoutCarriageReturn(ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty)
            return line;

        var last = line.Slice(line.Length - 1);
        return last.FirstSpan[0] == (byte)'\r' ? line.Slice(0, line.Length - 1) : line;
    }
}
