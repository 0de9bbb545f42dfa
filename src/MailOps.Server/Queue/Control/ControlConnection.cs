using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MailOps.Server.Queue.Control;

/// <summary>One end of a control connection: lines of JSON, and octets in between. Everything has a time limit and a size.</summary>
/// <param name="socket">The socket, closed with this.</param>
/// <param name="patience">How long each read and write may take.</param>
/// <param name="stop">Ends all of them.</param>
internal sealed class ControlConnection(Socket socket, TimeSpan patience, CancellationToken stop) : IAsyncDisposable
{
    private const byte LineEnd = (byte)'\n';
    private const int WriteAtOnce = 32 * 1024;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly ArrayBufferWriter<byte> _written = new();
    private byte[] _read = ArrayPool<byte>.Shared.Rent(4096);
    private int _start;
    private int _end;

    /// <summary>Reads a line without its end.</summary>
    /// <param name="most">How long it may be.</param>
    /// <param name="inAll">True if all of it has to come in the time of one read.</param>
    /// <returns>Null if the other end closed; it is read no further.</returns>
    /// <exception cref="InvalidDataException">It is longer.</exception>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadLineAsync(int most, bool inAll)
    {
        using var limit = Limit();
        while (true)
        {
            var length = _read.AsSpan(_start, _end - _start).IndexOf(LineEnd);
            if (length > most || (length < 0 && _end - _start > most))
                throw new InvalidDataException();
            if (length >= 0)
            {
                var line = _read.AsMemory(_start, length);
                _start += length + 1;
                return line;
            }

            MakeRoom();
            if (!inAll)
                limit.CancelAfter(patience);
            var count = await InTimeAsync(limit, cancel => _stream.ReadAsync(_read.AsMemory(_end), cancel).AsTask());
            if (count == 0)
                return null;
            _end += count;
        }
    }

    /// <summary>Reads octets that follow a line.</summary>
    /// <returns>How many; 0 if the other end closed.</returns>
    /// <exception cref="TimeoutException">They did not come.</exception>
    public async Task<int> ReadAsync(Memory<byte> octets)
    {
        if (_end > _start)
        {
            var there = Math.Min(octets.Length, _end - _start);
            _read.AsMemory(_start, there).CopyTo(octets);
            _start += there;
            return there;
        }

        using var limit = Limit();
        return await InTimeAsync(limit, cancel => _stream.ReadAsync(octets, cancel).AsTask());
    }

    /// <summary>Writes a line; it leaves with others, at <see cref="FlushAsync"/> at the latest.</summary>
    /// <exception cref="TimeoutException">The other end does not read.</exception>
    public async Task WriteAsync<T>(T value, JsonTypeInfo<T> type)
    {
        using (var writer = new Utf8JsonWriter(_written))
            JsonSerializer.Serialize(writer, value, type);
        _written.Write([LineEnd]);
        if (_written.WrittenCount >= WriteAtOnce)
            await FlushAsync();
    }

    /// <summary>Writes octets behind a line.</summary>
    /// <exception cref="TimeoutException">The other end does not read.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> octets)
    {
        await FlushAsync();
        using var limit = Limit();
        await InTimeAsync(limit, async cancel =>
        {
            await _stream.WriteAsync(octets, cancel);
            return 0;
        });
    }

    /// <summary>Sends what was written.</summary>
    /// <exception cref="TimeoutException">The other end does not read.</exception>
    public async Task FlushAsync()
    {
        if (_written.WrittenCount == 0)
            return;
        using var limit = Limit();
        await InTimeAsync(limit, async cancel =>
        {
            await _stream.WriteAsync(_written.WrittenMemory, cancel);
            return 0;
        });
        _written.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        ArrayPool<byte>.Shared.Return(_read);
        _read = [];
    }

    private CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience);
        return limit;
    }

    private async Task<int> InTimeAsync(CancellationTokenSource limit, Func<CancellationToken, Task<int>> work)
    {
        try
        {
            return await work(limit.Token);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"Nothing came or went for {patience}.", e);
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _read.AsSpan(_start, _end - _start).CopyTo(_read);
            (_start, _end) = (0, _end - _start);
        }

        if (_end < _read.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(_read.Length * 2);
        _read.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_read);
        _read = larger;
    }
}
