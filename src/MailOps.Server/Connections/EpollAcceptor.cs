using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <summary>
/// Accepts the clients of a listening socket on the thread of an <see cref="EpollLoop"/>: a client that comes, says a few lines and goes would
/// otherwise cost more in the waking of threads than in its session.
/// </summary>
internal sealed class EpollAcceptor : IEpollWaiter
{
    private readonly Socket _socket;
    private readonly EpollLoop _loop;
    private readonly Action<Socket> _accepted;
    private readonly Action<SocketException> _failed;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private long _id;
    private bool _isEnded;
    private int _isTryingLater;

    private EpollAcceptor(Socket socket, EpollLoop loop, Action<Socket> accepted, Action<SocketException> failed, TimeProvider clock)
    {
        _socket = socket;
        _loop = loop;
        _accepted = accepted;
        _failed = failed;
        _clock = clock;
    }

    /// <summary>Begins to accept.</summary>
    /// <returns>Null where there are no loops.</returns>
    public static EpollAcceptor? Start(Socket socket, Action<Socket> accepted, Action<SocketException> failed, TimeProvider clock)
    {
        if (EpollLoop.Next() is not { } loop)
            return null;
        socket.Blocking = false;
        var acceptor = new EpollAcceptor(socket, loop, accepted, failed, clock);
        acceptor._id = loop.Watch(acceptor, socket.SafeHandle);
        if (acceptor._id != 0)
            return acceptor;
        socket.Blocking = true;
        return null;
    }

    /// <inheritdoc/>
    public void Ready(bool read, bool written)
    {
        while (Accept() is { } client)
            _accepted(client);
    }

    /// <summary>Accepts no more once it returns; the socket may be closed.</summary>
    public void End()
    {
        _loop.Forget(_id);
        lock (_lock)
            _isEnded = true;
    }

    // The runtime's own accept: a socket made of a bare descriptor would be asked seven things first.
    private Socket? Accept()
    {
        lock (_lock)
        {
            while (!_isEnded && _socket.Poll(0, SelectMode.SelectRead))
            {
                try
                {
                    return _socket.Accept();
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.Interrupted)
                {
                    // It was gone before it was taken; there may be others.
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock)
                {
                    return null;
                }
                catch (SocketException e)
                {
                    if (Interlocked.Exchange(ref _isTryingLater, 1) == 0)
                        _ = TryLaterAsync(e);
                    return null;
                }
            }
        }

        return null;
    }

    // No file handles left: the kernel tells of those who wait only when another comes. However many do, one look at a time is due.
    private async Task TryLaterAsync(SocketException failure)
    {
        _failed(failure);
        await Task.Delay(TimeSpan.FromMilliseconds(100), _clock, CancellationToken.None);
        Volatile.Write(ref _isTryingLater, 0);
        Ready(read: true, written: false);
    }
}
