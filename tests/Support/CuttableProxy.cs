using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MailOps.Tests.Support;

/// <summary>A way to a server on loopback that a test cuts: what is connected is reset, and until it is mended nobody comes through.</summary>
public sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _serving;
    private volatile bool _isCut;
    private int _accepted;

    private CuttableProxy(int target)
    {
        _target = target;
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many clients came so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Starts one.</summary>
    public static CuttableProxy Start(int target) => new(target);

    /// <summary>Resets all connections.</summary>
    /// <param name="staysCut">True to let nobody through until <see cref="Mend"/>.</param>
    public void Cut(bool staysCut)
    {
        _isCut = staysCut;
        foreach (var client in _open.Keys)
            Reset(client);
    }

    /// <summary>Lets clients through again.</summary>
    public void Mend() => _isCut = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut(staysCut: true);
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _ = CarryAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new TcpClient();
        await using var stream = new NetworkStream(client);
        _open[client] = 0;
        try
        {
            if (_isCut)
                return;
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            await Task.WhenAny(stream.CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(stream, _stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One of the two left.
        }
        finally
        {
            _open.TryRemove(client, out _);
            Reset(client);
        }
    }

    private static void Reset(Socket client)
    {
        try
        {
            client.LingerState = new LingerOption(enable: true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        client.Dispose();
    }
}
