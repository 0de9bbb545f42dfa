using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MailOps.Server.Connections;

/// <summary>
/// Accepts the clients of a listening socket on the thread of an <see cref="EpollLoop"/>: a client that comes, says a few lines and goes would
/// otherwise cost more in the waking of threads than in its session.
/// </summary>
internal sealed partial class EpollAcceptor : IEpollWaiter
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int ConnectionAborted = 103;

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
        while (Accept() is { } descriptor)
        {
            // Nothing that one client brings about may end the thread of all the others.
            try
            {
                _accepted(new Socket(descriptor));
            }
            catch (SocketException e)
            {
                descriptor.Dispose();
                _failed(e);
            }
        }
    }

    /// <summary>Accepts no more once it returns; the socket may be closed.</summary>
    public void End()
    {
        _loop.Forget(_id);
        lock (_lock)
            _isEnded = true;
    }

    private SafeSocketHandle? Accept()
    {
        int descriptor;
        int errno;
        lock (_lock)
        {
            if (_isEnded)
                return null;
            do
            {
                descriptor = Accept((int)_socket.Handle, 0, 0, CloseOnExec | NonBlocking);
                errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
            while (errno is Interrupted or ConnectionAborted);
        }

        if (descriptor >= 0)
            return new SafeSocketHandle(descriptor, ownsHandle: true);
        if (errno != WouldBlock && Interlocked.Exchange(ref _isTryingLater, 1) == 0)
            _ = TryLaterAsync(errno);
        return null;
    }

    // No file handles left: the kernel tells of those who wait only when another comes. However many do, one look at a time is due.
    private async Task TryLaterAsync(int errno)
    {
        _failed(new SocketException((int)SocketError.TooManyOpenSockets, new System.ComponentModel.Win32Exception(errno).Message));
        await Task.Delay(TimeSpan.FromMilliseconds(100), _clock, CancellationToken.None);
        Volatile.Write(ref _isTryingLater, 0);
        Ready(read: true, written: false);
    }

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int Accept(int socket, nint address, nint length, int flags);
}
