using System.Net;
using System.Net.Sockets;

namespace MailOps.Tests.Support;

/// <summary>Stands before a server and cuts connections when a number of octets has gone through them, in either direction: a line that cannot be relied on.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<long?> _nextCut;
    private readonly int _port;
    private readonly Task _serving;
    private int _cuts;

    /// <summary>Starts one.</summary>
    /// <param name="port">The server's port on 127.0.0.1.</param>
    /// <param name="nextCut">After how many octets the next connection is cut; null for never.</param>
    public CuttingProxy(int port, Func<long?> nextCut)
    {
        (_port, _nextCut) = (port, nextCut);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections it has cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
                carrying.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(carrying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        using (var both = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            await server.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
            var budget = new Budget(_nextCut() ?? long.MaxValue);
            var ways = new[] { PassAsync(client.GetStream(), server.GetStream(), budget, both.Token), PassAsync(server.GetStream(), client.GetStream(), budget, both.Token) };
            await Task.WhenAny(ways);
            await both.CancelAsync();
            await Task.WhenAll(ways).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!budget.IsSpent)
                return;
            Interlocked.Increment(ref _cuts);
            client.LingerState = server.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    private static async Task PassAsync(NetworkStream from, NetworkStream to, Budget budget, CancellationToken cancel)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            var allowed = budget.Take(read);
            await to.WriteAsync(buffer.AsMemory(0, allowed), cancel);
            if (allowed < read)
                return;
        }
    }

    private sealed class Budget(long octets)
    {
        private long _left = octets;

        public bool IsSpent => Interlocked.Read(ref _left) < 0;

        public int Take(int wanted)
        {
            var left = Interlocked.Add(ref _left, -wanted);
            return left >= 0 ? wanted : (int)Math.Max(0, wanted + left);
        }
    }
}
