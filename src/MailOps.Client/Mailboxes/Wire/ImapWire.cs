using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>The octets of a connection that is logged in: commands go out as they are written, responses come in one by one. What the server does not read or send within its time ends the wait.</summary>
internal sealed class ImapWire : IAsyncDisposable
{
    private const int MaxLine = 1024 * 1024;
    private const int Piece = 64 * 1024;

    // What is found in a million messages is a line of seven octets for each.
    private const int MaxSearchLine = 64 * MaxLine;

    // Of one response; a message comes in one.
    private const int MaxLiterals = 16;

    private Stream _stream;
    private PipeReader _input;
    private readonly string _server;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;

    /// <summary>Takes over a connection.</summary>
    /// <param name="stream">The connection, of which nothing was read that is not answered.</param>
    /// <param name="server">The server's name, for errors.</param>
    /// <param name="timeout">How long the server may be silent, or not read.</param>
    /// <param name="clock">The clock.</param>
    public ImapWire(Stream stream, string server, TimeSpan timeout, TimeProvider clock)
    {
        (_stream, _server, _timeout, _clock) = (stream, server, timeout, clock);
        Begin(stream);
    }

    /// <summary>Where commands are written. They go out when it is full, and with <see cref="FlushAsync"/>.</summary>
    public Stream Output { get; private set; }

    /// <summary>True once both ways are compressed.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>True after compressed octets came that are none.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>How long the server's octets have been waited for.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Compresses both ways from here on (RFC 4978 section 3): the server has agreed, and no command waits for its answer.</summary>
    public async Task CompressAsync()
    {
        // What the server had to say behind its answer is compressed.
        ReadOnlyMemory<byte> ahead = default;
        if (_input.TryRead(out var read))
        {
            ahead = read.Buffer.ToArray();
            _input.AdvanceTo(read.Buffer.End);
        }

        await _input.CompleteAsync().ConfigureAwait(false);
        IsCompressed = true;
        Begin(new DeflatedStream(ahead.IsEmpty ? _stream : new ReadAheadStream(ahead, _stream), CompressionLevel.Optimal));
    }

    /// <summary>How large a literal may be. A server that sends more ends the conversation.</summary>
    public long MaxLiteral { get; set; } = MaxLine;

    /// <summary>Writes text of a command: ASCII.</summary>
    public ValueTask WriteAsync(string text, CancellationToken cancel) => TimedAsync(c => Output.WriteAsync(Encoding.ASCII.GetBytes(text), c), cancel);

    /// <summary>Writes a message.</summary>
    public async ValueTask WriteAsync(MessageSpool message, CancellationToken cancel)
    {
        // As long as the server reads it may take its time: each piece has its own.
        await foreach (var piece in message.PiecesAsync(cancel).ConfigureAwait(false))
        {
            for (var rest = piece; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
            {
                var part = rest[..Math.Min(Piece, rest.Length)];
                await TimedAsync(c => Output.WriteAsync(part, c), cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends what was written.</summary>
    public ValueTask FlushAsync(CancellationToken cancel) => TimedAsync(c => new ValueTask(Output.FlushAsync(c)), cancel);

    /// <summary>The next response. The literals in it are the caller's to dispose.</summary>
    /// <exception cref="MailSessionException">The server is silent for too long, closed the connection, or does not speak IMAP.</exception>
    public async ValueTask<ImapResponse> ReadAsync(CancellationToken cancel)
    {
        ImapResponse? response = null;
        ImapValueParser? values = null;
        var literals = 0;
        try
        {
            while (true)
            {
                var buffer = await LineAsync(cancel).ConfigureAwait(false);
                var isWhole = TakeLine(buffer.Slice(0, buffer.PositionOf((byte)'\n')!.Value), ref response, ref values, out var literal);
                _input.AdvanceTo(buffer.GetPosition(1, buffer.PositionOf((byte)'\n')!.Value));
                if (isWhole)
                    return response!;
                if (literal is not { } length)
                    throw Violated("a response that it cannot be: " + response?.Name);
                if (length > MaxLiteral || ++literals > MaxLiterals)
                    throw Violated(string.Create(CultureInfo.InvariantCulture, $"{length} octets in a response where so much cannot be."));
                values!.Take(await MessageSpool.TakeAsync(_input, length, MoreAsync, cancel).ConfigureAwait(false));
            }
        }
        catch (EndOfStreamException)
        {
            values?.Discard();
            throw Lost("it closed the connection.", thrown: null);
        }
        catch
        {
            values?.Discard();
            throw;
        }
    }

    /// <summary>Ends a conversation that went wrong.</summary>
    public MailSessionException Violated(string what) => new(MailSessionFault.ProtocolViolation, $"{_server} does not answer as IMAP has it: {what}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_stream), nameof(_input), nameof(Output))]
    private void Begin(Stream stream)
    {
        _stream = stream;
        _input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        Output = new BufferedStream(stream, 64 * 1024);
    }

    // True when the response is whole; else there is a literal, or it is none.
    private static bool TakeLine(in ReadOnlySequence<byte> raw, ref ImapResponse? response, ref ImapValueParser? values, out long? literal)
    {
        literal = null;
        var line = (raw.IsSingleSegment ? raw.FirstSpan : raw.ToArray()).TrimEnd((byte)'\r');
        if (response is null)
        {
            response = ImapResponse.Begin(line, out line);
            if (response is null)
                return false;
            if (response.IsCondition)
                return true;
            if (response.Name == "SEARCH")
            {
                response = response with { Values = [new ImapValue(Encoding.Latin1.GetString(line))] };
                return true;
            }
        }

        values ??= new ImapValueParser();
        if (LiteralAtEnd(line, out var length, out var start))
        {
            if (values.Take(line[..start]))
                literal = length;
            return false;
        }

        if (!values.Take(line) || values.Values is not { } all)
            return false;
        response = response with { Values = all };
        return true;
    }

    // {12} or ~{12}, at the end of a line (RFC 9051 section 4.3).
    private static bool LiteralAtEnd(ReadOnlySpan<byte> line, out long length, out int start)
    {
        (length, start) = (0, 0);
        if (line.IsEmpty || line[^1] != '}')
            return false;
        start = line.LastIndexOf((byte)'{');
        if (start < 0 || !long.TryParse(line[(start + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out length))
            return false;
        if (start > 0 && line[start - 1] == '~')
            start--;
        return true;
    }

    private async ValueTask<ReadOnlySequence<byte>> LineAsync(CancellationToken cancel)
    {
        while (true)
        {
            var result = await MoreAsync(cancel).ConfigureAwait(false);
            if (result.Buffer.PositionOf((byte)'\n') is not null)
                return result.Buffer;
            if (result.IsCompleted)
                throw new EndOfStreamException();
            if (result.Buffer.Length > (IsSearch(result.Buffer) ? MaxSearchLine : MaxLine))
                throw Violated("a line without end.");
            _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static bool IsSearch(in ReadOnlySequence<byte> line)
    {
        var reader = new SequenceReader<byte>(line);
        return reader.IsNext("* SEARCH"u8) || reader.IsNext("* ESEARCH"u8);
    }

    private async ValueTask<ReadResult> MoreAsync(CancellationToken cancel)
    {
        if (_input.TryRead(out var ready))
            return ready;
        ReadResult result = default;
        var since = _clock.GetTimestamp();
        await TimedAsync(async c => result = await _input.ReadAsync(c).ConfigureAwait(false), cancel).ConfigureAwait(false);
        Waited += _clock.GetElapsedTime(since);
        return result;
    }

    private async ValueTask TimedAsync(Func<CancellationToken, ValueTask> step, CancellationToken cancel)
    {
        using var time = StepTime.Start(_timeout, _clock, cancel);
        try
        {
            await step(time.Token).ConfigureAwait(false);
        }
        catch (Exception) when (time.IsOver)
        {
            throw new MailSessionException(MailSessionFault.TimedOut, string.Create(CultureInfo.InvariantCulture, $"{_server} neither read nor answered for {_timeout.TotalSeconds:0.###} seconds."));
        }
        catch (IOException e) when (e.InnerException is InvalidDataException)
        {
            IsBroken = true;
            throw Violated("what it sends as compressed octets (COMPRESS=DEFLATE, RFC 4978) cannot be inflated. Do without compression.");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            throw Lost(e.InnerException?.Message ?? e.Message, e);
        }
    }

    private MailSessionException Lost(string why, Exception? thrown) => new(MailSessionFault.ConnectionLost, $"The connection to {_server} was lost: {why}", thrown);
}
