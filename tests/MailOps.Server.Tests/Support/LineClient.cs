using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Sasl;

namespace MailOps.Server.Tests.Support;

/// <summary>A client that sends what it is told, octet by octet, and reads lines.</summary>
internal sealed class LineClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private Stream _stream;

    private LineClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<LineClient> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new LineClient(socket);
    }

    /// <summary>Connects to a Unix socket.</summary>
    public static async Task<LineClient> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new LineClient(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _stream.WriteAsync(octets, patience.Token);
    }

    /// <summary>The next line without its end, or null if the server closed.</summary>
    public async Task<string?> ReadLineAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var line = new List<byte>();
        var one = new byte[1];
        try
        {
            while (await _stream.ReadAsync(one, patience.Token) == 1)
            {
                if (one[0] == '\n')
                    return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(one[0]);
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return line.Count == 0 ? null : Encoding.UTF8.GetString([.. line]);
    }

    /// <summary>Sends a line and reads the reply: for SMTP all of its lines, joined by LF.</summary>
    public async Task<string?> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReadReplyAsync();
    }

    /// <summary>Reads one SMTP reply of any number of lines, or one line of another protocol.</summary>
    public async Task<string?> ReadReplyAsync()
    {
        var reply = await ReadLineAsync();
        var last = reply;
        while (last is { Length: > 3 } && char.IsAsciiDigit(last[0]) && last[3] == '-')
        {
            last = await ReadLineAsync();
            reply += "\n" + last;
        }

        return reply;
    }

    /// <summary>Reads the lines of a multi-line response up to its final dot.</summary>
    public async Task<IReadOnlyList<string>> ReadToDotAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line && line != ".")
            lines.Add(line);
        return lines;
    }

    /// <summary>Everything until the server closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var all = new StringBuilder();
        while (await ReadLineAsync() is { } line)
            all.Append(line).Append('\n');
        return all.ToString();
    }

    public async Task SecureAsync(X509Certificate2? own = null)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "mx.example.com",
            ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
        });
        _stream = tls;
    }

    /// <summary>What a login can be bound to, or null outside TLS.</summary>
    public ChannelBinding? Binding => _stream is SslStream tls ? ChannelBinding.Of(tls, tls.RemoteCertificate as X509Certificate2) : null;

    /// <summary>Closes the sending side; replies can still be read.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Vanishes with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
