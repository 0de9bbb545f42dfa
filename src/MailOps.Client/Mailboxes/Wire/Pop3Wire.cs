using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>
/// A POP3 conversation on a connection that is logged in. Commands may be sent ahead of the replies to those before (RFC 2449 section 6.6); a
/// message goes on as it comes, in pieces. A server that is silent for longer than a step may take ends the wait.
/// </summary>
/// <param name="connection">The connection, of which nothing was read that is not answered.</param>
internal sealed class Pop3Wire(MailboxConnection connection) : IAsyncDisposable
{
    private const int MaxLine = 64 * 1024;
    private const int Piece = 64 * 1024;

    private readonly Stream _stream = connection.Stream;
    private readonly PipeReader _input = PipeReader.Create(connection.Stream, new StreamPipeReaderOptions(bufferSize: Piece, leaveOpen: true));

    // The replies that are still to come, those with several lines among them, and whether one is read half.
    private readonly Queue<bool> _expected = new();
    private MultilineDecoder? _body;

    /// <summary>Takes decoded octets of a message, which hold as long as the call.</summary>
    public delegate ValueTask Sink(ReadOnlyMemory<byte> octets, CancellationToken cancel);

    /// <summary>Sends commands; their replies are read one after the other.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="areLong">True if what they bring has several lines.</param>
    /// <param name="what">What the server is to do, for errors.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task SendAsync(IReadOnlyList<string> commands, bool areLong, string what, CancellationToken cancel)
    {
        var octets = Encoding.UTF8.GetBytes(string.Concat(commands.Select(command => command + "\r\n")));
        await connection.StepAsync(
            what,
            async c =>
            {
                await _stream.WriteAsync(octets, c).ConfigureAwait(false);
                await _stream.FlushAsync(c).ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);
        foreach (var _ in commands)
            _expected.Enqueue(areLong);
    }

    /// <summary>Sends a command when all replies before are read, and reads what answers it.</summary>
    /// <returns>The text behind +OK.</returns>
    /// <exception cref="MailSessionException">The server refuses, is silent, leaves or speaks something else.</exception>
    public async Task<string> AskAsync(string command, bool isLong, string what, CancellationToken cancel)
    {
        await DrainAsync(cancel).ConfigureAwait(false);
        await SendAsync([command], isLong, what, cancel).ConfigureAwait(false);
        return await ReplyAsync(what, cancel).ConfigureAwait(false);
    }

    /// <summary>The next reply. What follows it of several lines is there to be read.</summary>
    /// <returns>The text behind +OK.</returns>
    /// <exception cref="MailSessionException">The server refuses, is silent, leaves or speaks something else.</exception>
    public async Task<string> ReplyAsync(string what, CancellationToken cancel)
    {
        var line = await LineAsync(what, cancel).ConfigureAwait(false);
        var isLong = _expected.Dequeue();
        if (line.StartsWith("-ERR", StringComparison.OrdinalIgnoreCase))
            throw connection.RefusedTo(what, line[4..].Trim());
        if (!line.StartsWith("+OK", StringComparison.OrdinalIgnoreCase))
            throw connection.Violated(what, line.Length == 0 ? "it says an empty line" : $"it says '{(line.Length > 60 ? line[..60] + "…" : line)}'");
        if (isLong)
            _body = default(MultilineDecoder);
        return line[3..].Trim();
    }

    /// <summary>The lines that follow a reply.</summary>
    /// <param name="most">How many octets they may have.</param>
    /// <param name="what">What the server is to do, for errors.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">The server sends more, is silent or leaves.</exception>
    public async Task<IReadOnlyList<string>> LinesAsync(long most, string what, CancellationToken cancel)
    {
        var octets = new ArrayBufferWriter<byte>();
        await BodyAsync(
            (piece, _) =>
            {
                octets.Write(piece.Span);
                return ValueTask.CompletedTask;
            },
            most,
            what,
            cancel).ConfigureAwait(false);
        return Encoding.Latin1.GetString(octets.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Reads what follows a reply, in pieces as they come.</summary>
    /// <param name="sink">Takes the pieces.</param>
    /// <param name="most">How many octets there may be.</param>
    /// <param name="what">What the server is to do, for errors.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">The server sends more, is silent or leaves.</exception>
    public async Task BodyAsync(Sink sink, long most, string what, CancellationToken cancel)
    {
        long octets = 0;
        var decoded = ArrayPool<byte>.Shared.Rent(Piece + 1);
        try
        {
            while (_body is { } decoder)
            {
                var buffer = await MoreAsync(what, isAgain: false, cancel).ConfigureAwait(false);
                var memory = buffer.First[..Math.Min(buffer.First.Length, Piece)];
                var isOver = decoder.Decode(memory.Span, decoded, out var consumed, out var written);
                _body = isOver ? null : decoder;
                _input.AdvanceTo(buffer.GetPosition(consumed));
                octets += written;
                if (octets > most)
                    throw connection.Violated(what, string.Create(CultureInfo.InvariantCulture, $"it sends more than {most} octets where so much cannot be"));
                if (written > 0)
                    await sink(decoded.AsMemory(0, written), cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    /// <summary>Reads all that is still to come, and lets it go.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        const string What = "send what was asked for";
        await BodyAsync(static (_, _) => ValueTask.CompletedTask, long.MaxValue, What, cancel).ConfigureAwait(false);
        while (_expected.Count > 0)
        {
            try
            {
                await ReplyAsync(What, cancel).ConfigureAwait(false);
            }
            catch (MailSessionException refused) when (refused.IsRefusal)
            {
                // Nobody waits for it any more.
            }

            await BodyAsync(static (_, _) => ValueTask.CompletedTask, long.MaxValue, What, cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _input.CompleteAsync().ConfigureAwait(false);

    private async Task<string> LineAsync(string what, CancellationToken cancel)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            var buffer = await MoreAsync(what, isAgain, cancel).ConfigureAwait(false);
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(buffer.Slice(0, end)).TrimEnd('\r');
                _input.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            if (buffer.Length > MaxLine)
                throw connection.Violated(what, "it says a line that does not end");
            _input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    // What lies there costs no timer.
    private async ValueTask<ReadOnlySequence<byte>> MoreAsync(string what, bool isAgain, CancellationToken cancel)
    {
        if (isAgain || !_input.TryRead(out var result) || (result.Buffer.IsEmpty && !result.IsCompleted))
            result = await connection.StepAsync(what, c => _input.ReadAsync(c).AsTask(), cancel).ConfigureAwait(false);
        return result is { IsCompleted: true } && (result.Buffer.IsEmpty || isAgain) ? throw connection.Closed(what) : result.Buffer;
    }
}
