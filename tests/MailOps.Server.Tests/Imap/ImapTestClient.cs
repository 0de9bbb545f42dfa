using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>The other end of a session, octet by octet. A line with literals comes as one text, the literals in their place.</summary>
internal sealed class ImapTestClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private Stream _stream;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    private ImapTestClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public string Greeting { get; set; } = "";

    public static async Task<ImapTestClient> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return new ImapTestClient(socket);
    }

    /// <summary>A client that has read the greeting and logged in, on any server that has the account with the password <c>summersun</c>.</summary>
    public static async Task<ImapTestClient> LogInAsync(int port, string user = "john@example.com")
    {
        var client = await ConnectAsync(port);
        client.Greeting = await client.ReadLineAsync() ?? "";
        Assert.StartsWith("l OK", (await client.RunAsync($"l login {user} summersun"))[^1], StringComparison.Ordinal);
        return client;
    }

    /// <summary>Compresses from here on, and flushes what it sends.</summary>
    public void Compress() => _stream = new DeflatedStream(_stream);

    /// <summary>Sends octets as they are.</summary>
    public Task SendRawAsync(byte[] octets) => _socket.SendAsync(octets);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] octets)
    {
        try
        {
            await _stream.WriteAsync(octets);
            await _stream.FlushAsync();
        }
        catch (IOException)
        {
            // The server closed already: what it said is still to be read.
        }
    }

    /// <summary>Sends a command line and reads up to its tagged response, which is the last.</summary>
    public async Task<List<string>> RunAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReadToTagAsync(command.Split(' ')[0]);
    }

    /// <summary>Reads up to the tagged response, or to the end.</summary>
    public async Task<List<string>> ReadToTagAsync(string tag)
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
                break;
        }

        return lines;
    }

    /// <summary>Reads everything up to the end of the connection.</summary>
    public async Task<List<string>> ReadToEndAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
            lines.Add(line);
        return lines;
    }

    /// <summary>Reads one line with its literals, or null at the end.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            if (await ReadAsync('\n') is not { } line)
                return text.Length > 0 ? text.ToString() : null;
            line = line.TrimEnd('\n').TrimEnd('\r');
            text.Append(line);
            var brace = line.EndsWith('}') ? line.LastIndexOf('{') : -1;
            if (brace < 0)
                return text.ToString();

            text.Append("\r\n");
            for (var left = int.Parse(line.AsSpan(brace + 1, line.Length - brace - 2), CultureInfo.InvariantCulture); left > 0;)
            {
                if (_start == _end && !await FillAsync())
                    return text.ToString();
                var taken = Math.Min(left, _end - _start);
                text.Append(Encoding.Latin1.GetString(_buffer, _start, taken));
                _start += taken;
                left -= taken;
            }
        }
    }

    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    public async Task SecureAsync()
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true });
        _stream = tls;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<string?> ReadAsync(char stop)
    {
        var text = new StringBuilder();
        while (true)
        {
            for (; _start < _end; _start++)
            {
                text.Append((char)_buffer[_start]);
                if (_buffer[_start] == stop)
                {
                    _start++;
                    return text.ToString();
                }
            }

            if (!await FillAsync())
                return text.Length > 0 ? text.ToString() : null;
        }
    }

    private async Task<bool> FillAsync()
    {
        try
        {
            _start = 0;
            _end = await _stream.ReadAsync(_buffer).AsTask().WaitAsync(Waiting.Patience);
        }
        catch (IOException)
        {
            _end = 0;
        }

        return _end > 0;
    }
}
