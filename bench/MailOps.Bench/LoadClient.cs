using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Bench;

/// <summary>An IMAP client that costs little itself: it looks for the ends of answers, and makes no text of the rest.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[2048];
    private int _start;
    private int _end;

    /// <summary>Connects and reads the greeting.</summary>
    public static async Task<LoadClient> ConnectAsync(int port)
    {
        var client = new LoadClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        await client.ReadToAsync("*");
        return client;
    }

    /// <summary>Sends a command and reads to its OK.</summary>
    public async Task RunAsync(string tag, string command)
    {
        await SendAsync(Encoding.ASCII.GetBytes($"{tag} {command}\r\n"));
        await ReadToAsync(tag);
    }

    public async Task SendAsync(byte[] octets)
    {
        for (var sent = 0; sent < octets.Length;)
            sent += await _socket.SendAsync(octets.AsMemory(sent));
    }

    /// <summary>Reads to a line with this tag, which must be an OK, unless it is a continuation.</summary>
    public async Task ReadToAsync(string tag)
    {
        var start = Encoding.ASCII.GetBytes(tag + " ");
        var ok = Encoding.ASCII.GetBytes(tag + " OK");
        while (true)
        {
            var line = await LineAsync();
            if (!line.Span.StartsWith(start))
                continue;
            if (tag != "+" && !line.Span.StartsWith(ok))
                throw new InvalidOperationException($"Expected OK, got '{Encoding.Latin1.GetString(line.Span)}'.");
            return;
        }
    }

    /// <summary>Reads to a line whose tag begins so, which must be an OK.</summary>
    public async Task ReadToAnyAsync(char tag)
    {
        while (true)
        {
            var line = await LineAsync();
            if (line.Length == 0 || line.Span[0] != tag)
                continue;
            if (line.Span.IndexOf(" OK "u8) < 0)
                throw new InvalidOperationException($"Expected OK, got '{Encoding.Latin1.GetString(line.Span)}'.");
            return;
        }
    }

    /// <summary>Reads to an EXISTS.</summary>
    public async Task ReadToExistsAsync()
    {
        while (!(await LineAsync()).Span.EndsWith(" EXISTS"u8))
        {
        }
    }

    public void Dispose() => _socket.Dispose();

    // A line without its end; a literal behind it is passed over, and the line goes on as another.
    private async ValueTask<ReadOnlyMemory<byte>> LineAsync()
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length < 0)
            {
                await FillAsync();
                continue;
            }

            var line = _buffer.AsMemory(_start, Math.Max(0, length - 1));
            _start += length + 1;
            if (line.Length == 0 || line.Span[^1] != '}' || LiteralOf(line.Span) is not { } octets)
                return line;
            await SkipAsync(octets);
        }
    }

    private static int? LiteralOf(ReadOnlySpan<byte> line) =>
        line.LastIndexOf((byte)'{') is >= 0 and var brace && int.TryParse(line[(brace + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var octets) ? octets : null;

    private async ValueTask SkipAsync(int octets)
    {
        while (octets > _end - _start)
        {
            octets -= _end - _start;
            _start = _end = 0;
            await FillAsync();
        }

        _start += octets;
    }

    private async ValueTask FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
        if (read == 0)
            throw new InvalidOperationException("The server closed the connection.");
        _end += read;
    }
}
