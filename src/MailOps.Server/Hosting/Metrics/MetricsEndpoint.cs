using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting.Metrics;

/// <summary>
/// Answers GET /metrics over HTTP/1.1 (RFC 9112), one request for each connection, and nothing else. A client that is slow, sends too much
/// or sends nonsense costs a little memory for a few seconds. Where there are too many, those that have not asked make room, the oldest first.
/// </summary>
internal sealed class MetricsEndpoint : IAsyncDisposable
{
    private const int MostOctets = 8 * 1024;
    private const int MostClients = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Stands for a request, which has at least a line, that did not end in time.
    private static readonly string TooLong = new('\n', 1);

    private readonly Socket _socket;
    private readonly Func<string> _render;
    private readonly ServerEvents _events;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Lock _counting = new();
    // Who has sent no whole request yet, the oldest first.
    private readonly List<Socket> _waiting = [];
    private int _asked;

    /// <summary>Listens.</summary>
    /// <exception cref="SocketException">The port is taken or privileged, or the address is not this machine's.</exception>
    public MetricsEndpoint(IPEndPoint endpoint, Func<string> render, ServerEvents events, TimeProvider clock)
    {
        _render = render;
        _events = events;
        _clock = clock;
        _socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
                _socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
            _socket.Bind(endpoint);
            _socket.Listen(64);
            Endpoint = (IPEndPoint)_socket.LocalEndPoint!;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that it was given if 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Takes no more clients.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(_stop.Token);
                if (Admit(client))
                    _ = ServeAsync(client);
                else
                    client.Dispose();
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException e)
            {
                _events.Publish(new ServerFaulted { Time = _clock.GetUtcNow(), Exception = e });
                await Task.Delay(TimeSpan.FromMilliseconds(100), _clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Takes a client in. If there is no room, the oldest that has not asked is cut off for it.</summary>
    /// <returns>False if all that are there have asked.</returns>
    private bool Admit(Socket client)
    {
        lock (_counting)
        {
            if (_waiting.Count + _asked >= MostClients)
            {
                if (_waiting.Count == 0)
                    return false;
                _waiting[0].Dispose();
                _waiting.RemoveAt(0);
            }

            _waiting.Add(client);
            return true;
        }
    }

    /// <returns>False if the client was cut off just before.</returns>
    private bool CountAsked(Socket client)
    {
        lock (_counting)
        {
            if (!_waiting.Remove(client))
                return false;
            _asked++;
            return true;
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(Patience);
        var hasAsked = false;
        try
        {
            if (await ReadAsync(client, patience.Token) is not { } request || !(hasAsked = CountAsked(client)))
                return;
            var answer = Answer(request);
            await client.SendAsync(answer, patience.Token);
            client.Shutdown(SocketShutdown.Send);
            // What is still on its way is read: a close with octets unread would take the answer back.
            var rest = new byte[1024];
            for (var read = 0; read < 64 && await client.ReceiveAsync(rest, patience.Token) > 0; read++)
            {
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client was too slow, made room for another, or is gone.
        }
#pragma warning disable CA1031 // Whatever breaks here must not end the process with an exception that nobody awaits.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _events.Publish(new ServerFaulted { Time = _clock.GetUtcNow(), Exception = e });
        }
        finally
        {
            client.Dispose();
            lock (_counting)
            {
                if (hasAsked)
                    _asked--;
                else
                    _waiting.Remove(client);
            }
        }
    }

    /// <summary>The request's head without its last line ends; <see cref="TooLong"/> if it is; null if the client went away.</summary>
    private static async Task<string?> ReadAsync(Socket client, CancellationToken cancel)
    {
        var octets = new byte[MostOctets];
        var length = 0;
        while (length < octets.Length)
        {
            var read = await client.ReceiveAsync(octets.AsMemory(length), cancel);
            if (read == 0)
                return null;
            length += read;
            if (octets.AsSpan(0, length).IndexOf("\r\n\r\n"u8) is var end and >= 0)
                return Encoding.Latin1.GetString(octets, 0, end);
        }

        return TooLong;
    }

    private byte[] Answer(string head)
    {
        if (ReferenceEquals(head, TooLong))
            return Response("431 Request Header Fields Too Large", "The request is longer than 8 KiB.\n");

        var lines = head.Split("\r\n");
        var parts = lines[0].Split(' ');
        if (parts is not [{ Length: > 0 } method, var target, "HTTP/1.0" or "HTTP/1.1"] || !IsWellFormed(lines, parts[2]))
            return Response("400 Bad Request", "This is not a request of HTTP/1.1.\n");

        var isHead = method is "HEAD";
        var path = Uri.TryCreate(target, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" ? absolute.AbsolutePath : target.Split('?')[0];
        if (path is not "/metrics")
            return Response("404 Not Found", "The metrics are at /metrics.\n", hasBody: !isHead);
        if (!isHead && method is not "GET")
            return Response("405 Method Not Allowed", "Metrics can only be read: GET or HEAD.\n", "Allow: GET, HEAD\r\n");
        return Response("200 OK", _render(), hasBody: !isHead, type: "text/plain; version=0.0.4; charset=utf-8");
    }

    // RFC 9112 sections 3.2 and 5: exactly one Host in HTTP/1.1, a colon in every line, no space before it, no line that goes on.
    private static bool IsWellFormed(string[] lines, string version)
    {
        var hosts = 0;
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAny(" \t") || line.AsSpan().ContainsAny('\r', '\n', '\0'))
                return false;
            hosts += line.AsSpan(0, colon).Equals("Host", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        return hosts == 1 || (hosts == 0 && version == "HTTP/1.0");
    }

    private byte[] Response(string status, string body, string fields = "", bool hasBody = true, string type = "text/plain; charset=utf-8")
    {
        var octets = Encoding.UTF8.GetBytes(body);
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nDate: {_clock.GetUtcNow():R}\r\nContent-Type: {type}\r\nContent-Length: {octets.Length}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n{fields}\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. hasBody ? octets : []];
    }
}
