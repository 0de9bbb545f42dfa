using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Bench;

/// <summary>One client's connection in a soak: lines of Latin-1, and TLS on request.</summary>
internal sealed class SoakWire : IDisposable
{
    private readonly byte[] buffer = new byte[8192];
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationToken cancel;
    private Stream stream = Stream.Null;
    private int start, end;

    private SoakWire(CancellationToken cancel) => this.cancel = cancel;

    /// <summary>Connects to a port of loopback, and thinks for a while with the connection open.</summary>
    internal static async Task<SoakWire> OpenAsync(int port, Random dice, CancellationToken cancel)
    {
        var wire = new SoakWire(cancel);
        try
        {
            await wire.socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            await Task.Delay(dice.Next(500, 5000), cancel);
        }
        catch
        {
            wire.Dispose();
            throw;
        }

        wire.stream = new NetworkStream(wire.socket);
        return wire;
    }

    /// <summary>Sends octets as they are.</summary>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> octets) => stream.WriteAsync(octets, cancel);

    /// <summary>Sends text as it is, line ends included.</summary>
    internal ValueTask SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads a line without its end.</summary>
    internal async Task<string> LineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            var feed = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            var taken = feed < 0 ? end - start : feed + 1;
            line.Append(Encoding.Latin1.GetString(buffer, start, taken));
            start += taken;
            if (feed >= 0)
                return line.ToString().TrimEnd('\r', '\n');
            (start, end) = (0, await stream.ReadAsync(buffer, cancel));
            if (end == 0)
                throw new IOException("The server closed the connection.");
        }
    }

    /// <summary>Reads a reply of SMTP to its last line.</summary>
    internal async Task<string> ReplyAsync()
    {
        string line;
        do
            line = await LineAsync();
        while (line.Length > 3 && line[3] == '-');
        return line;
    }

    /// <summary>Sends a command and reads what <paramref name="read"/> reads; anything but the expected beginning is an error.</summary>
    internal async Task<string> AskAsync(string command, string expected, Func<Task<string>>? read = null)
    {
        await SendAsync(command + "\r\n");
        return Expect(await (read ?? ReplyAsync)(), expected, command);
    }

    /// <summary>Reads IMAP's lines to the one that has this tag.</summary>
    internal async Task<string> TaggedAsync(string tag)
    {
        while (true)
        {
            var line = await LineAsync();
            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
                return line;
        }
    }

    /// <summary>Begins TLS; any certificate will do.</summary>
    internal async Task SecureAsync()
    {
        var secured = new SslStream(stream, leaveInnerStreamOpen: false);
        stream = secured;
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = static (_, _, _, _) => true }, cancel);
    }

    /// <summary>Reads and drops what comes, until the server closes.</summary>
    internal async Task DrainAsync()
    {
        while (await stream.ReadAsync(buffer, cancel) > 0)
        {
        }
    }

    /// <summary>Drops the connection with a reset, as a client that dies does.</summary>
    internal void Abort() => socket.LingerState = new LingerOption(true, 0);

    /// <summary>An error unless a reply begins as expected.</summary>
    internal static string Expect(string reply, string expected, string command) =>
        reply.StartsWith(expected, StringComparison.Ordinal) ? reply
        : throw new InvalidDataException($"{(command.Length > 60 ? command[..60] : command)} was answered with {reply}");

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }
}
