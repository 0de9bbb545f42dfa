using System.Net;
using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <summary>A listening socket that hands its clients to a protocol. Bound when it is made; accepts once it is started.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;
    private EpollAcceptor? _acceptor;

    /// <summary>Binds and listens.</summary>
    /// <exception cref="SocketException">The port is taken or privileged, or the address is not this machine's.</exception>
    public Listener(IPEndPoint endpoint, IConnectionHandler handler, bool secured)
    {
        Handler = handler;
        Secured = secured;
        _socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
                _socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
            // Accepted sockets inherit it: one call for all clients.
            _socket.NoDelay = true;
            _socket.Bind(endpoint);
            _socket.Listen(512);
            Endpoint = (IPEndPoint)_socket.LocalEndPoint!;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens, with the port it was given if 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>The protocol spoken here.</summary>
    public IConnectionHandler Handler { get; }

    /// <summary>True if TLS comes before the greeting.</summary>
    public bool Secured { get; }

    /// <summary>Begins to accept clients into the pool.</summary>
    public void Start(ConnectionPool pool, ServerEvents events, TimeProvider clock)
    {
        if (Handler.IsBrisk)
            _acceptor = EpollAcceptor.Start(_socket, client => pool.Run(client, Handler, Secured), Failed, clock);
        if (_acceptor is null)
            _accepting = AcceptAsync(pool, Failed, clock);

        // No file handles left, or a client that vanished in the backlog: neither may end the listener.
        void Failed(SocketException exception) => events.Publish(new ServerFaulted { Time = clock.GetUtcNow(), Exception = exception });
    }

    private async Task AcceptAsync(ConnectionPool pool, Action<SocketException> failed, TimeProvider clock)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                pool.Run(await _socket.AcceptAsync(_stop.Token), Handler, Secured);
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException e)
            {
                failed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Stops accepting and frees the port.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _acceptor?.End();
        _socket.Dispose();
        await _accepting;
        _stop.Dispose();
    }
}
