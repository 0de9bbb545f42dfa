using System.Buffers;
using System.IO.Pipelines;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Imap;

/// <summary>Takes commands, lines and literals from the connection, and asks for literals where the client waits to be asked.</summary>
internal sealed class ImapInput(ServerConnection connection, ImapReplyWriter replies)
{
    // An announcement of a literal is never longer than "{9223372036854775807+}".
    private const int MaxLiteralHeader = 22;

    private PipeReader Input => connection.Input;

    /// <summary>True if the client's next line already waits: the reply can go with the next one.</summary>
    public bool HasBufferedLine => Input.HasBufferedLine();

    /// <summary>Reads the next command. The caller advances the input to <see cref="CommandText.Next"/> when it is done with the text.</summary>
    /// <param name="limits">What it may be.</param>
    /// <param name="use">Says of what came up to a literal what the command does with it.</param>
    public async ValueTask<CommandText> ReadCommandAsync(CommandLimits limits, Func<ReadOnlySequence<byte>, LiteralUse> use)
    {
        var kind = LiteralUse.Part;
        var scanned = 0L;
        var asked = 0L;
        while (true)
        {
            var read = await ReadAsync();
            var buffer = read.Buffer;
            while (LineEnd(buffer, scanned) is { } end)
            {
                var afterLine = buffer.GetOffset(end) - buffer.GetOffset(buffer.Start) + 1;
                if (Announced(buffer.Slice(scanned, end)) is not { } literal)
                {
                    var text = WithoutCarriageReturn(buffer.Slice(0, end));
                    return text.Length <= limits.Length
                        ? new CommandText(CommandTextStatus.Complete, text, buffer.GetPosition(afterLine), default)
                        : new CommandText(CommandTextStatus.TooLong, default, buffer.Start, default);
                }

                var before = buffer.Slice(0, afterLine);
                if (asked < afterLine)
                {
                    // Where none can be streamed any more, none is looked at: of many, each would be by all that stands before it.
                    if (kind == LiteralUse.Part)
                        kind = use(before);
                    switch (kind)
                    {
                        case LiteralUse.Streamed:
                            return new CommandText(CommandTextStatus.Streamed, before, before.End, literal);
                        // RFC 9051 section 7.6: it is refused before its octets come.
                        case LiteralUse.None when literal.Waits:
                            return new CommandText(CommandTextStatus.Complete, before, before.End, default);
                    }

                    if (literal.Size > limits.Length - afterLine || (!literal.Waits && literal.Size > limits.Unasked))
                        return new CommandText(CommandTextStatus.LiteralTooLarge, before, before.End, literal);
                    if (literal.Waits)
                        replies.Continue("OK");

                    asked = afterLine;
                }

                if (buffer.Length < afterLine + literal.Size)
                    break;
                scanned = afterLine + literal.Size;
            }

            if (read.IsCanceled)
                return new CommandText(CommandTextStatus.Interrupted, default, buffer.Start, default);
            // One more octet than the limit may be the CR of a command that just fits.
            if (buffer.Length > limits.Length + 1L)
                return new CommandText(CommandTextStatus.TooLong, default, buffer.Start, default);
            if (read.IsCompleted)
                return new CommandText(CommandTextStatus.End, buffer, buffer.End, default);
            Input.AdvanceTo(buffer.Start, buffer.End);
            await replies.FlushAsync();
        }
    }

    /// <summary>Ends when there is something to read: octets, the end, or a reason to stop. Takes nothing.</summary>
    public async Task WaitAsync()
    {
        var read = await ReadAsync();
        Input.AdvanceTo(read.Buffer.Start);
    }

    /// <summary>Takes the command's text out of the pipe.</summary>
    public void Advance(CommandText command) => Input.AdvanceTo(command.Next);

    /// <summary>Reads one line. The caller advances with <see cref="Advance(WireLine)"/>.</summary>
    public async ValueTask<WireLine> ReadLineAsync(int maxLength, CancellationToken cancel)
    {
        try
        {
            return await Input.ReadLineAsync(maxLength, cancel);
        }
        catch (IOException e)
        {
            throw new ClientGoneException(e);
        }
    }

    /// <summary>Takes a line out of the pipe.</summary>
    public void Advance(WireLine line) => Input.AdvanceTo(line.Next);

    /// <summary>Reads the octets of a literal as they come.</summary>
    /// <param name="size">How many.</param>
    /// <param name="take">Gets each piece. Not called after it threw: the rest is passed over by the caller.</param>
    /// <param name="settle">Awaited after the pieces of each read: the place to bring them out of memory.</param>
    /// <param name="within">How long the client may let wait for the next piece.</param>
    /// <returns>How many octets are left: more than none if the client vanished or the server stops.</returns>
    public async ValueTask<long> ReadLiteralAsync(long size, SpanAction take, Func<ValueTask>? settle, TimeSpan within)
    {
        using var reception = connection.TakeMessage();
        while (size > 0)
        {
            connection.ExpectWithin(within);
            var read = await ReadAsync();
            var piece = read.Buffer.Length > size ? read.Buffer.Slice(0, size) : read.Buffer;
            foreach (var segment in piece)
                take(segment.Span);
            size -= piece.Length;
            Input.AdvanceTo(piece.End);
            if (settle is not null)
                await settle();
            // A stopping server lets a message that is on its way come in; a deadline that passed does not.
            if (size > 0 && (read.IsCompleted || (read.IsCanceled && connection.Overdue is not null)))
                return size;
        }

        return 0;
    }

    /// <summary>Passes over the octets of a literal that nobody takes, so that none of them is read as a command. The deadline stays as it is, however slowly they come.</summary>
    /// <param name="size">How many.</param>
    /// <returns>False if they did not all come: the client vanished, its time is up, or the server stops.</returns>
    public async ValueTask<bool> DiscardLiteralAsync(long size)
    {
        while (size > 0)
        {
            var read = await ReadAsync();
            var piece = read.Buffer.Length > size ? read.Buffer.Slice(0, size) : read.Buffer;
            size -= piece.Length;
            Input.AdvanceTo(piece.End);
            if (size > 0 && (read.IsCompleted || read.IsCanceled))
                return false;
        }

        return true;
    }

    /// <summary>Passes over the octets of a line that was too long, so that the goodbye is not lost in a reset connection.</summary>
    public async ValueTask DiscardAsync(CommandText command, long maxDiscard) =>
        await DiscardAsync(new WireLine(WireLineStatus.TooLong, default, command.Next), maxDiscard);

    /// <summary>Passes over a line that was too long.</summary>
    /// <returns>False if its end did not come.</returns>
    public async ValueTask<bool> DiscardAsync(WireLine line, long maxDiscard)
    {
        connection.ExpectWithin(ServerConnection.Grace);
        try
        {
            return await Input.DiscardLineAsync(line, maxDiscard, connection.Aborted);
        }
        catch (IOException e)
        {
            throw new ClientGoneException(e);
        }
    }

    private async ValueTask<ReadResult> ReadAsync()
    {
        try
        {
            return await Input.ReadAsync(connection.Aborted);
        }
        catch (IOException e)
        {
            throw new ClientGoneException(e);
        }
    }

    private static SequencePosition? LineEnd(in ReadOnlySequence<byte> buffer, long from) =>
        from > buffer.Length ? null : buffer.Slice(from).PositionOf((byte)'\n');

    /// <summary>The literal that a line announces at its end, the only place where one can; null if none.</summary>
    public static LiteralHeader? Announced(ReadOnlySequence<byte> line)
    {
        line = WithoutCarriageReturn(line);
        var tail = line.Length > MaxLiteralHeader ? line.Slice(line.Length - MaxLiteralHeader) : line;
        if (tail.IsEmpty)
            return null;

        Span<byte> octets = stackalloc byte[MaxLiteralHeader];
        tail.CopyTo(octets);
        octets = octets[..(int)tail.Length];
        var start = octets.LastIndexOf((byte)'{');
        if (start < 0 || octets[^1] != (byte)'}')
            return null;

        var reader = new ImapReader(tail.Slice(start));
        return reader.LiteralHeader(out var literal) ? literal : null;
    }

    private static ReadOnlySequence<byte> WithoutCarriageReturn(ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty)
            return line;

        var last = line.Slice(line.Length - 1);
        return last.FirstSpan[0] == (byte)'\r' ? line.Slice(0, line.Length - 1) : line;
    }
}

/// <summary>Takes a piece of a literal.</summary>
internal delegate void SpanAction(ReadOnlySpan<byte> octets);
