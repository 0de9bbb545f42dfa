using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Client.Probes;
using MailOps.Wire;

namespace MailOps.Client.Tests.Probes;

/// <summary>A server on loopback that serves each connection by a function, or speaks just enough of a protocol to get to TLS.</summary>
internal sealed class StandInTlsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private int _connections;

    public StandInTlsServer(Func<Stream, int, CancellationToken, Task> serve)
    {
        _listener.Start();
        _ = AcceptAsync(serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>TLS from the first octet.</summary>
    public static StandInTlsServer Implicit(X509Certificate2 certificate, X509Certificate2Collection? others = null, SslProtocols versions = SslProtocols.None) =>
        new((stream, _, cancel) => SecureAsync(stream, certificate, others, versions, cancel));

    /// <summary>SMTP, POP3 or IMAP up to STARTTLS and one command after it.</summary>
    /// <param name="protocol">What is spoken.</param>
    /// <param name="certificate">The certificate.</param>
    /// <param name="injectable">Whether what follows STARTTLS in the clear is carried out inside TLS.</param>
    public static StandInTlsServer StartTls(MailProtocol protocol, X509Certificate2 certificate, bool injectable = false)
    {
        StandInTlsServer? self = null;
        return self = new StandInTlsServer(async (stream, _, cancel) =>
        {
            var buffered = "";
            await SayAsync(stream, protocol switch { MailProtocol.Imap => "* OK ready", MailProtocol.Pop3 => "+OK ready", _ => "220-mail.example.org\r\n220 ready" }, cancel);
            while (true)
            {
                string line;
                (line, buffered) = await HearAsync(stream, buffered, cancel);
                self!.Heard.Enqueue(line);
                var word = protocol == MailProtocol.Imap ? line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..] : line;
                var tag = line.Split(' ')[0];
                if (word is "STARTTLS" or "STLS")
                {
                    await SayAsync(stream, protocol switch { MailProtocol.Imap => $"{tag} OK go", MailProtocol.Pop3 => "+OK go", _ => "220 go" }, cancel);
                    break;
                }

                await SayAsync(stream, protocol switch
                {
                    MailProtocol.Imap => $"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n{tag} OK done",
                    MailProtocol.Pop3 => "+OK\r\nSTLS\r\nUIDL\r\n.",
                    _ => "250-mail.example.org\r\n250-SIZE\r\n250 STARTTLS",
                }, cancel);
            }

            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(Options(certificate, null, SslProtocols.None), cancel);
            if (!injectable)
                buffered = "";
            var (inner, _) = await HearAsync(tls, buffered, cancel);
            await SayAsync(tls, protocol switch
            {
                MailProtocol.Imap => inner.Split(' ')[0] + " OK done",
                MailProtocol.Pop3 => inner.StartsWith("CAPA", StringComparison.Ordinal) ? "+OK\r\n." : "-ERR what",
                _ => inner.StartsWith("EHLO", StringComparison.Ordinal) ? "250 mail.example.org" : "500 what",
            }, cancel);
            while (await tls.ReadAsync(new byte[64], cancel) > 0)
            {
            }
        });
    }

    /// <summary>Says the given text and then waits for the client to go.</summary>
    public static StandInTlsServer Saying(byte[] octets, bool waitForClient = false) => new(async (stream, _, cancel) =>
    {
        if (waitForClient)
            _ = await stream.ReadAsync(new byte[4096], cancel);
        await stream.WriteAsync(octets, cancel);
        while (await stream.ReadAsync(new byte[4096], cancel) > 0)
        {
        }
    });

    /// <summary>Says the same line again and again, one every few milliseconds, for as long as the client stays.</summary>
    public static StandInTlsServer Dripping(string line) => new(async (stream, _, cancel) =>
    {
        while (true)
        {
            await SayAsync(stream, line, cancel);
            await Task.Delay(20, cancel);
        }
    });

    public static async Task SayAsync(Stream stream, string text, CancellationToken cancel) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), cancel);

    private static async Task<(string Line, string Left)> HearAsync(Stream stream, string buffered, CancellationToken cancel)
    {
        var octets = new byte[4096];
        while (true)
        {
            var end = buffered.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
                return (buffered[..end], buffered[(end + 2)..]);
            var read = await stream.ReadAsync(octets, cancel);
            if (read == 0)
                throw new IOException("The client left.");
            buffered += Encoding.ASCII.GetString(octets, 0, read);
        }
    }

    private static async Task SecureAsync(Stream stream, X509Certificate2 certificate, X509Certificate2Collection? others, SslProtocols versions, CancellationToken cancel)
    {
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(Options(certificate, others, versions), cancel);
        while (await tls.ReadAsync(new byte[64], cancel) > 0)
        {
        }
    }

    private static SslServerAuthenticationOptions Options(X509Certificate2 certificate, X509Certificate2Collection? others, SslProtocols versions) => new()
    {
        // Offline: nothing but what the test gives goes on the wire.
        ServerCertificateContext = SslStreamCertificateContext.Create(certificate, others, offline: true),
        EnabledSslProtocols = versions,
    };

    private async Task AcceptAsync(Func<Stream, int, CancellationToken, Task> serve)
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client, serve, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client, Func<Stream, int, CancellationToken, Task> serve, int number)
    {
        using (client)
        {
            try
            {
                await serve(client.GetStream(), number, _stop.Token);
            }
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
    }
}
