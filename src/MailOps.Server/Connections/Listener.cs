using System.Net;
using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <summary>A listening socket that hands its clients to a protocol. Bound when it is made; accepts once it is started.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private volatile IConnectionHandler _handler;
    private Task _accepting = Task.CompletedTask;
    private EpollAcceptor? _acceptor;
    private bool _isStarted;
    private bool _isClosed;

    /// <summary>Binds and listens.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="handler">The protocol.</param>
    /// <param name="secured">True if TLS comes before the greeting.</param>
    /// <param name="isIPv6Only">True to leave the clients of IPv4 that <c>::</c> takes to another.</param>
    /// <exception cref="SocketException">The port is taken or privileged, or the address is not this machine's.</exception>
    public Listener(IPEndPoint endpoint, IConnectionHandler handler, bool secured, bool isIPv6Only = false)
        : this(new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp), handler, secured)
    {
        Bind(() =>
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
                _socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any) && !isIPv6Only;
            // Accepted sockets inherit it: one call for all clients.
            _socket.NoDelay = true;
            _socket.Bind(endpoint);
        });
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    /// <summary>Makes a Unix socket and listens on it. Its file goes with the listener.</summary>
    /// <param name="path">The whole path of the file.</param>
    /// <param name="mode">Who may connect: those who may write.</param>
    /// <param name="handler">The protocol.</param>
    /// <exception cref="SocketException">Another program listens there.</exception>
    /// <exception cref="IOException">The file cannot be made, or something that is no socket lies there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not make it there.</exception>
    /// <exception cref="ArgumentException">No socket can have so long a path.</exception>
    public Listener(string path, UnixFileMode mode, IConnectionHandler handler)
        : this(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), handler, secured: false)
    {
        Bind(() => UnixSocketFile.Bind(_socket, path, mode));
    }

    private Listener(Socket socket, IConnectionHandler handler, bool secured)
    {
        _socket = socket;
        _handler = handler;
        Secured = secured;
    }

    /// <summary>The port, the one it was given if 0 was asked for; 0 on a Unix socket.</summary>
    public int Port { get; }

    /// <summary>The protocol that is spoken with clients who come from now on.</summary>
    public IConnectionHandler Handler
    {
        get => _handler;
        set => _handler = value;
    }

    /// <summary>True if TLS comes before the greeting.</summary>
    public bool Secured { get; }

    /// <summary>Begins to accept clients into the pool, if it has not yet.</summary>
    public void Start(ConnectionPool pool, ServerEvents events, TimeProvider clock)
    {
        if (_isStarted)
            return;
        _isStarted = true;
        if (Handler.IsBrisk)
            _acceptor = EpollAcceptor.Start(_socket, client => pool.Run(client, Handler, Secured), Failed, clock);
        if (_acceptor is null)
            _accepting = AcceptAsync(pool, Failed, clock);

        // No file handles left, or a client that vanished in the backlog: neither may end the listener.
        void Failed(SocketException exception) => events.Publish(new ServerFaulted { Time = clock.GetUtcNow(), Exception = exception });
    }

    private void Bind(Action bind)
    {
        try
        {
            bind();
            _socket.Listen(512);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
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

    /// <summary>Stops accepting and frees the port. Once is enough, twice is no error.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _stop.CancelAsync();
        _acceptor?.End();
        _socket.Dispose();
        await _accepting;
        _stop.Dispose();
    }
}
