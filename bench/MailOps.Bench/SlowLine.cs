using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace MailOps.Bench;

/// <summary>
/// Stands before a server as a long line does: each octet arrives half of the round trip after it was sent, however many are on their way, so that
/// nothing is limited but what waits for answers, unless it has a bandwidth, which all connections share. A connection is open for the client's first octet after one and a half round trips, as by TCP.
/// </summary>
internal sealed class SlowLine
{
    // A gigabit for the time of a round trip, several times over.
    private const int ChunksOnTheWay = 1024;
    private const int ChunkOctets = 64 * 1024;

    // What has no place in the buffers of a line with a bandwidth waits at its beginning, as by TCP.
    private const int ChunksOfNarrow = 16;

    private readonly int _port;
    private readonly TimeSpan _half;
    private readonly double _bandwidth;
    private readonly Lock _gate = new();
    private long _clientsSent;
    private long _serverSent;
    private long _octets;
    private int _connections;
    private int _turns;

    private SlowLine(int port, TimeSpan half, double bandwidth) => (_port, _half, _bandwidth) = (port, half, bandwidth);

    /// <summary>Prints its port; for each line of input then the connections, changes of direction and octets so far; ends with standard input.</summary>
    /// <param name="port">The server's port, on loopback.</param>
    /// <param name="milliseconds">A round trip.</param>
    /// <param name="bandwidth">Octets a second that go over the line each way; infinite for any number.</param>
    public static async Task<int> RunAsync(int port, double milliseconds, double bandwidth)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(512);
        var line = new SlowLine(port, TimeSpan.FromMilliseconds(milliseconds / 2), bandwidth);
        _ = line.AcceptAsync(listener);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        while (Console.ReadLine() is { Length: > 0 })
            Console.WriteLine($"{line._connections} {line._turns} {line._octets}");
        return 0;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
            _ = CarryAsync(await listener.AcceptSocketAsync());
    }

    private async Task CarryAsync(Socket client)
    {
        Interlocked.Increment(ref _connections);
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await Task.Delay(3 * _half);
                await server.ConnectAsync(IPAddress.Loopback, _port);
                var talk = new Talk();
                await Task.WhenAll(PassAsync(client, server, talk, isClient: true), PassAsync(server, client, talk, isClient: false));
            }
            catch (SocketException)
            {
                // One of the two left: so does the other.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, Talk talk, bool isClient)
    {
        var way = Channel.CreateBounded<(long Due, byte[] Octets, int Length)>(new BoundedChannelOptions(double.IsInfinity(_bandwidth) ? ChunksOnTheWay : ChunksOfNarrow) { SingleReader = true, SingleWriter = true });
        var arriving = ArriveAsync(way.Reader, to);
        try
        {
            while (true)
            {
                var octets = ArrayPool<byte>.Shared.Rent(ChunkOctets);
                var read = await from.ReceiveAsync(octets);
                if (read == 0)
                    break;
                Interlocked.Add(ref _octets, read);
                if (talk.IsTurn(isClient))
                    Interlocked.Increment(ref _turns);
                await way.Writer.WriteAsync((Leave(read, isClient) + (long)(_half.TotalSeconds * Stopwatch.Frequency), octets, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // Whatever was on its way arrives.
        }

        way.Writer.TryComplete();
        await arriving;
    }

    // They leave when those before them have left, of whichever connection.
    private long Leave(int octets, bool isClient)
    {
        lock (_gate)
        {
            ref var sent = ref isClient ? ref _clientsSent : ref _serverSent;
            return sent = Math.Max(sent, Stopwatch.GetTimestamp()) + (long)(octets / _bandwidth * Stopwatch.Frequency);
        }
    }

    private static async Task ArriveAsync(ChannelReader<(long Due, byte[] Octets, int Length)> way, Socket to)
    {
        try
        {
            await foreach (var (due, octets, length) in way.ReadAllAsync())
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero)
                    await Task.Delay(wait);
                for (var sent = 0; sent < length;)
                    sent += await to.SendAsync(octets.AsMemory(sent, length - sent));
                ArrayPool<byte>.Shared.Return(octets);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            to.Dispose();
        }
    }

    // Who spoke last: an answer that ends a wait is one change from the client to the server.
    private sealed class Talk
    {
        private int _last;

        public bool IsTurn(bool isClient) => Interlocked.Exchange(ref _last, isClient ? 1 : 2) == 2 && isClient;
    }
}
