using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Server.Queue.Routing;

namespace MailOps.Server.Tests.Queue;

/// <summary>A next hop that answers as it is told, keeps what it took, and counts its connections.</summary>
internal sealed class NextServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Task> _sessions = [];
    private readonly CancellationTokenSource _stop = new();
    private int _connections;

    public NextServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>What is answered to a command, to <c>connect</c>, or to <c>.</c>: null for the usual, an empty text to close the connection without a word.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    /// <summary>Whether the connection is closed behind the answer to what <see cref="Answer"/> is asked for.</summary>
    public Func<string, bool> Leaves { get; set; } = _ => false;

    /// <summary>What EHLO offers.</summary>
    public string[] Offers { get; set; } = ["PIPELINING", "8BITMIME", "SIZE 1000000"];

    /// <summary>True if TLS begins with the connection.</summary>
    public bool IsImplicitTls { get; set; }

    /// <summary>What EHLO offers behind TLS as well.</summary>
    public string[] OffersWithTls { get; set; } = [];

    /// <summary>The certificate for the name that a client asks for; null where no STARTTLS is offered.</summary>
    public Func<string, X509Certificate2>? Certificate { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public RouteTarget Target => QueueFixture.At(Port);

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>All command lines.</summary>
    public ConcurrentQueue<string> Commands { get; } = [];

    /// <summary>What was taken, as sent between DATA and the dot.</summary>
    public ConcurrentQueue<string> Messages { get; } = [];

    /// <summary>For whom each message was, in the order of <see cref="Messages"/>, and who the client was by then.</summary>
    public ConcurrentQueue<(string Text, string[] Recipients, int Life)> Taken { get; } = [];

    /// <summary>Which client it is, for those that are killed and started again.</summary>
    public int Life { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _sessions.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        Stream stream = client.GetStream();
        var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            if (IsImplicitTls)
                (stream, reader) = await SecureAsync(stream);
            if (!await SayAsync(stream, Answer("connect") ?? "220 next.example"))
                return;
            var recipients = new List<string>();
            var chunks = new StringBuilder();
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                Commands.Enqueue(line);
                if (line.StartsWith("BDAT ", StringComparison.Ordinal))
                {
                    var chunk = new char[int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)];
                    if (await reader.ReadBlockAsync(chunk, _stop.Token) < chunk.Length)
                        return;
                    chunks.Append(chunk);
                }

                var usual = line.Split(' ', ':')[0].ToUpperInvariant() switch
                {
                    "EHLO" => Offered(stream is SslStream),
                    "STARTTLS" => "220 2.0.0 Go on",
                    "DATA" => recipients.Count > 0 ? "354 Go on" : "554 5.5.1 No valid recipients",
                    "QUIT" => "221 2.0.0 Bye",
                    _ => "250 2.0.0 Ok",
                };
                var answer = Answer(line) ?? usual;
                if (line.StartsWith("RCPT TO:<", StringComparison.Ordinal) && answer.StartsWith('2'))
                    recipients.Add(line["RCPT TO:<".Length..line.IndexOf('>', StringComparison.Ordinal)]);
                else if (line.StartsWith("MAIL", StringComparison.Ordinal))
                {
                    recipients.Clear();
                    chunks.Clear();
                }
                else if (line.StartsWith("BDAT ", StringComparison.Ordinal) && line.EndsWith(" LAST", StringComparison.Ordinal) && answer.StartsWith('2'))
                {
                    Messages.Enqueue(chunks.ToString());
                    Taken.Enqueue((chunks.ToString(), [.. recipients], Life));
                }

                if (!await SayAsync(stream, answer) || Leaves(line) || answer.StartsWith("221", StringComparison.Ordinal) || answer.StartsWith("421", StringComparison.Ordinal))
                    return;
                if (line == "STARTTLS" && Certificate is not null && answer.StartsWith("220", StringComparison.Ordinal))
                    (stream, reader) = await SecureAsync(stream);

                if (answer.StartsWith("354", StringComparison.Ordinal) && !await TakeAsync(stream, reader, [.. recipients]))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or AuthenticationException)
        {
            // The client left, or the test is over.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private async Task<(Stream Stream, StreamReader Reader)> SecureAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateSelectionCallback = (_, name) => Certificate!(name ?? "") }, _stop.Token);
        return (tls, new StreamReader(tls, Encoding.Latin1));
    }

    private string Offered(bool isSecret)
    {
        string[] offers = Certificate is null ? Offers : isSecret ? [.. Offers, .. OffersWithTls] : [.. Offers, "STARTTLS"];
        return string.Join("\r\n", offers.SkipLast(1).Select(offer => $"250-{offer}").Prepend("250-next.example").Append($"250 {offers[^1]}"));
    }

    private async Task<bool> TakeAsync(Stream stream, StreamReader reader, string[] recipients)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line == ".")
            {
                var answer = Answer(".") ?? "250 2.0.0 Ok: taken";
                if (answer.StartsWith('2'))
                {
                    Messages.Enqueue(text.ToString());
                    Taken.Enqueue((text.ToString(), recipients, Life));
                }

                return await SayAsync(stream, answer) && !answer.StartsWith("421", StringComparison.Ordinal) && !Leaves(".");
            }

            text.Append(line).Append("\r\n");
        }

        return false;
    }

    private static async Task<bool> SayAsync(Stream stream, string text)
    {
        if (text.Length == 0)
            return false;
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text + "\r\n"));
        return true;
    }
}
