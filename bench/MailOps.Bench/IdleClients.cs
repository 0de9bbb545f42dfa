using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace MailOps.Bench;

/// <summary>Many clients that do nothing, and how long one more waits for its greeting meanwhile.</summary>
internal static class IdleClients
{
    private const int AtOnce = 200;

    /// <summary>Opens clients, says so, and with each line of standard input says how long a new one waits.</summary>
    /// <param name="port">The port.</param>
    /// <param name="count">How many clients.</param>
    /// <param name="tls">True if TLS comes first: the clients that do nothing then do not even begin with it, the new one does.</param>
    internal static async Task<int> RunAsync(int port, int count, bool tls)
    {
        var clients = new List<Socket>(count);
        for (var i = 0; i < count; i += AtOnce)
        {
            var batch = await Task.WhenAll(Enumerable.Range(i, Math.Min(AtOnce, count - i)).Select(_ => OpenAsync(port, readsGreeting: !tls)));
            clients.AddRange(batch);
        }

        Console.WriteLine("open");
        while (await Console.In.ReadLineAsync() is { Length: > 0 })
        {
            var began = Stopwatch.GetTimestamp();
            await GreetAsync(port, tls);
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture));
        }

        foreach (var client in clients)
            client.Dispose();
        return 0;
    }

    private static async Task<Socket> OpenAsync(int port, bool readsGreeting)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        if (readsGreeting && await socket.ReceiveAsync(new byte[512]) == 0)
            throw new InvalidOperationException("The server closed a connection instead of greeting.");
        return socket;
    }

    private static async Task GreetAsync(int port, bool tls)
    {
        using var socket = await OpenAsync(port, readsGreeting: false);
        await using var stream = new NetworkStream(socket);
        await using Stream heard = tls ? new SslStream(stream, leaveInnerStreamOpen: true, static (_, _, _, _) => true) : stream;
        if (heard is SslStream secured)
            await secured.AuthenticateAsClientAsync("localhost");
        if (await heard.ReadAsync(new byte[512]) == 0)
            throw new InvalidOperationException("The server did not greet.");
    }
}
