using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Server.Connections.Faults;

namespace MailOps.Server.Connections;

/// <summary>All live connections of a server: their limits, their heartbeat and their end.</summary>
internal sealed class ConnectionPool : IAsyncDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private volatile ConnectionLimits _limits;
    private volatile TrustedNetworks _proxies;
    private volatile ServerTls _tls;
    private volatile RateGuard? _rates;
    private readonly ServerFaults? _faults;
    private readonly ServerEvents _events;
    private readonly TimeProvider _clock;
    private readonly ITimer _heartbeat;
    private readonly ConcurrentDictionary<ServerConnection, Task> _live = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perNetwork = new();
    private readonly string _idPrefix;
    private long _lastId;
    private int _count;
    private volatile bool _stopping;

    public ConnectionPool(ConnectionLimits limits, ServerTls tls, ServerEvents events, TimeProvider clock, TrustedNetworks? proxies = null, ServerFaults? faults = null, RateGuard? rates = null)
    {
        _faults = faults;
        _proxies = proxies ?? TrustedNetworks.None;
        _limits = limits;
        _tls = tls;
        _rates = rates;
        _events = events;
        _clock = clock;
        _idPrefix = clock.GetUtcNow().ToUnixTimeSeconds().ToString("X", CultureInfo.InvariantCulture);
        _heartbeat = clock.CreateTimer(_ => CheckDeadlines(), null, Heartbeat, Heartbeat);
    }

    /// <summary>The connections that are open now.</summary>
    public ICollection<ServerConnection> Live => _live.Keys;

    /// <summary>Sets what holds for connections from now on.</summary>
    public void Update(ConnectionLimits limits, ServerTls tls, TrustedNetworks proxies, RateGuard rates)
    {
        _limits = limits;
        _tls = tls;
        _rates = rates;
        _proxies = proxies;
    }

    /// <summary>Takes an accepted socket over and runs its session.</summary>
    /// <param name="socket">The client.</param>
    /// <param name="handler">The protocol.</param>
    /// <param name="secured">True if TLS comes first, before the greeting.</param>
    public void Run(Socket socket, IConnectionHandler handler, bool secured)
    {
        ServerConnection connection;
        try
        {
            var id = _idPrefix + Interlocked.Increment(ref _lastId).ToString("X4", CultureInfo.InvariantCulture);
            connection = new ServerConnection(id, handler.Protocol, socket, _tls, _events, _clock, handler.Idles, handler.IsBrisk, _faults)
            {
                HandshakeTimeout = _limits.HandshakeTimeout,
                RateGuard = handler.IsRated ? _rates : null,
            };
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The client was gone before it was looked at.
            socket.Dispose();
            return;
        }

        connection.ExpectWithin(connection.HandshakeTimeout);
        // The session must be in the table before it can end.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _live[connection] = ended.Task;
        connection.Start(() => RunAsync(connection, handler, secured, ended), secured);
        if (_stopping)
            connection.Interrupt(ConnectionEnd.ServerStopped);
    }

    /// <summary>Asks every session to end, waits, and closes what is left.</summary>
    /// <returns>How many sessions had to be closed under their work.</returns>
    public async Task<int> StopAsync(TimeSpan timeout)
    {
        _stopping = true;
        foreach (var connection in _live.Keys)
            connection.Interrupt(ConnectionEnd.ServerStopped);

        var ended = Task.WhenAll(_live.Values);
        var cut = 0;
        try
        {
            await ended.WaitAsync(timeout, _clock);
        }
        catch (TimeoutException)
        {
            foreach (var connection in _live.Keys)
            {
                cut++;
                connection.CutOff();
            }

            await ended;
        }

        return cut;
    }

    /// <summary>Asks one session to end, waits, and closes it if it does not.</summary>
    /// <returns>True if it ended by itself, false if it was cut off, null if there is no such session.</returns>
    public async Task<bool?> StopAsync(string id, TimeSpan timeout)
    {
        if (_live.FirstOrDefault(one => one.Key.Id == id) is not { Key: { } connection, Value: var ended })
            return null;

        connection.Interrupt(ConnectionEnd.SessionStopped);
        try
        {
            await ended.WaitAsync(timeout, _clock);
            return true;
        }
        catch (TimeoutException)
        {
            connection.CutOff();
            await ended;
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        await _heartbeat.DisposeAsync();
    }

    private async Task RunAsync(ServerConnection connection, IConnectionHandler handler, bool secured, TaskCompletionSource ended)
    {
        try
        {
            if (await HearProxyAsync(connection))
                await ServeAsync(connection, handler, secured, ended);
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    // Who may speak for others must, each time: a client could otherwise begin with a header of its own.
    private async Task<bool> HearProxyAsync(ServerConnection connection)
    {
        if (!_proxies.Contains(connection.Remote?.Address) || await connection.ReadProxyHeaderAsync() is not { } problem)
            return true;

        connection.End = ConnectionEnd.Dropped;
        await connection.EndAsync();
        await connection.DisposeAsync();
        _live.TryRemove(connection, out _);
        connection.Publish(new ProxyHeaderRefused { Reason = problem });
        return false;
    }

    private async Task ServeAsync(ServerConnection connection, IConnectionHandler handler, bool secured, TaskCompletionSource ended)
    {
        var limits = _limits;
        var network = limits.Exempt.Contains(connection.Remote?.Address) ? null : ClientNetwork.Of(connection);
        connection.BeginRates();
        var refusal = Admit(connection, network, limits, handler);
        try
        {
            if (refusal is not null)
            {
                await RefuseAsync(connection, secured, refusal);
                return;
            }

            connection.Publish(new ConnectionOpened());
            if (connection.Proxy is { } proxy)
                connection.Publish(new ClientIntroduced { By = proxy, Method = "PROXY" });
            if (secured && !await connection.SecureAsync())
                return;

            if (connection.Faults?.At(connection, FaultRule.Connect, "") is { } act && !await PlayAsync(connection, handler, act))
                return;

            await handler.ServeAsync(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, or was cut off: how is in connection.End.
            if (connection.Interruption is { } reason)
                connection.End = reason;
        }
#pragma warning disable CA1031 // The last catch of a session: nothing it throws may reach another session.
        catch (Exception e)
#pragma warning restore CA1031
        {
            connection.End = ConnectionEnd.Faulted;
            connection.Publish(new SessionFaulted { Exception = e });
        }
        finally
        {
            var lingers = await connection.EndAsync();
            if (!lingers)
                await CloseAsync(connection, network);
            _live.TryRemove(connection, out _);
            if (refusal is null)
                connection.Publish(new ConnectionClosed
                {
                    End = connection.End,
                    Duration = connection.Now - connection.OpenedAt,
                    OctetsIn = connection.Meter.Received,
                    OctetsOut = connection.Meter.Sent,
                });
            if (lingers)
            {
                // Nobody waits for this. Until it is over the connection counts: no more linger than may be open.
                ended.SetResult();
                await connection.LingerAsync();
                await CloseAsync(connection, network);
            }
        }
    }

    private async ValueTask CloseAsync(ServerConnection connection, IPAddress? network)
    {
        await connection.DisposeAsync();
        Release(network);
    }

    // A network that is null has no limit of its own.
    private ConnectionRejection? Admit(ServerConnection connection, IPAddress? network, ConnectionLimits limits, IConnectionHandler handler)
    {
        var here = network is null ? 0 : _perNetwork.AddOrUpdate(network, 1, static (_, count) => count + 1);
        if (Interlocked.Increment(ref _count) > limits.MaxConnections)
            return Limit("too many connections");
        if (limits.MaxConnectionsPerAddress > 0 && here > limits.MaxConnectionsPerAddress)
            return Limit(string.Create(CultureInfo.InvariantCulture, $"too many connections from your address, at most {limits.MaxConnectionsPerAddress}"));
        return connection.Rates?.Take(RateKind.Connections) is { } excess
            ? new ConnectionRejection(excess.Reason, handler.Refusal(excess.Reason))
            : handler.Rejection(connection);

        ConnectionRejection Limit(string reason) => new(reason, handler.Refusal($"{reason}, try again later"));
    }

    private void Release(IPAddress? network)
    {
        Interlocked.Decrement(ref _count);
        if (network is not null && _perNetwork.AddOrUpdate(network, 0, static (_, count) => count - 1) == 0)
            _perNetwork.TryRemove(new KeyValuePair<IPAddress, int>(network, 0));
    }

    private static async Task RefuseAsync(ServerConnection connection, bool secured, ConnectionRejection rejection)
    {
        connection.Publish(new ConnectionRefused { Reason = rejection.Reason });
        if (secured)
            return; // Not worth a handshake.

        connection.ExpectWithin(ServerConnection.Grace);
        await connection.Output.WriteAsync(Encoding.ASCII.GetBytes(rejection.Line), connection.Aborted);
    }

    /// <summary>Plays a fault in the place of the greeting, or before it.</summary>
    /// <returns>False if the session is over.</returns>
    private static async ValueTask<bool> PlayAsync(ServerConnection connection, IConnectionHandler handler, FaultAct act)
    {
        switch (await FaultPlayer.PlayAsync(connection, act))
        {
            case FaultEffect.GoOn:
                return true;

            case FaultEffect.Reply:
                connection.End = ConnectionEnd.Dropped;
                await connection.Output.WriteAsync(Encoding.UTF8.GetBytes(handler.FirstWords(act.Reply)), connection.Aborted);
                return false;

            default:
                return false;
        }
    }

    private void CheckDeadlines()
    {
        var now = _clock.GetTimestamp();
        foreach (var (connection, _) in _live)
            connection.CheckDeadline(now);
    }
}
