using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MailOps.Server.Connections;

/// <summary>
/// A socket as a stream. What can be read or written at once is; who has to wait goes on, on the thread of an <see cref="EpollLoop"/>, when
/// the socket is ready. One read and one write at a time.
/// </summary>
internal sealed partial class EpollStream : Stream, IEpollWaiter
{
    private const int MostReadsInARow = 16;

    // send(2): more follows, which is the end; and no signal if the peer is gone.
    private const int MoreFollows = 0x8000;
    private const int NoSignal = 0x4000;

    private readonly Socket _socket;
    private readonly EpollLoop _loop;
    private readonly EpollTransfer _reading;
    private readonly EpollTransfer _writing;
    private readonly WireMeter _meter;
    private readonly long _id;
    private bool _watchesWriting;

    private EpollStream(Socket socket, EpollLoop loop, WireMeter meter)
    {
        _socket = socket;
        _meter = meter;
        _loop = loop;
        _reading = new EpollTransfer(octets => (meter.Take(socket.Receive(octets.Span, SocketFlags.None, out var error)), error), MostReadsInARow);
        _writing = new EpollTransfer(octets => (Send(octets.Span, out var error), error), int.MaxValue);
        socket.Blocking = false;
        _id = loop.Watch(this, socket.SafeHandle);
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>True while a read waits for the peer.</summary>
    internal bool IsReadWaiting => _reading.IsWaiting;

    /// <summary>A stream over an accepted socket, which stays the caller's to close.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isBrisk">True if what the session does between two waits is short, so that it may be done on the loop's thread.</param>
    /// <param name="meter">Counts the octets.</param>
    public static Stream Over(Socket socket, bool isBrisk, WireMeter meter)
    {
        if (isBrisk && EpollLoop.Next() is { } loop)
        {
            var stream = new EpollStream(socket, loop, meter);
            if (stream._id != 0)
                return stream;
            socket.Blocking = true;
        }

        return new MeteredStream(socket, meter);
    }

    /// <summary>True once what is written is the last before the connection is closed: the end then goes out with it, in one segment, and wakes the peer once.</summary>
    public bool IsLast { get; set; }

    /// <summary>The loop that the session runs on while it is brisk.</summary>
    public EpollLoop Loop => _loop;

    /// <summary>From now on goes on in the thread pool: for a session that has to compute between two waits, as for TLS.</summary>
    public void GoOnInPool()
    {
        _reading.GoesOnInPool = true;
        _writing.GoesOnInPool = true;
    }

    /// <summary>Ends what waits, after the socket was closed under it.</summary>
    public void Abort()
    {
        _reading.Abort();
        _writing.Abort();
    }

    /// <inheritdoc/>
    public void Ready(bool read, bool written)
    {
        if (written)
            _writing.Ready();
        if (read)
            _reading.Ready();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _meter.HasEndedReceiving ? new(0) : _reading.StartAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var left = 0;
        if (_meter.LimitsSending)
        {
            var most = _meter.MaySend(buffer.Length);
            left = buffer.Length - most;
            buffer = buffer[..most];
        }

        _meter.Give(buffer.Length);
        while (!buffer.IsEmpty)
        {
            var sending = _writing.StartAsync(MemoryMarshal.AsMemory(buffer), cancellationToken);
            if (!sending.IsCompleted && !_watchesWriting)
            {
                _watchesWriting = true;
                _loop.WatchWriting(_id, _socket.SafeHandle);
            }

            buffer = buffer[await sending..];
        }

        if (left > 0)
            throw new IOException("The connection was to end at this octet.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _loop.Forget(_id);
        base.Dispose(disposing);
    }

    private unsafe int Send(ReadOnlySpan<byte> octets, out SocketError error)
    {
        if (IsLast)
        {
            fixed (byte* first = octets)
            {
                var sent = Send(_socket.SafeHandle, first, (nuint)octets.Length, MoreFollows | NoSignal);
                error = SocketError.Success;
                if (sent >= 0)
                    return (int)sent;
            }
        }

        return _socket.Send(octets, SocketFlags.None, out error);
    }

    [LibraryImport("libc", EntryPoint = "send")]
    private static unsafe partial nint Send(SafeHandle socket, byte* octets, nuint length, int flags);
}
