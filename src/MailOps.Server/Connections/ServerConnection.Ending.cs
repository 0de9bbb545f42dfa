using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <content>How a connection ends.</content>
internal sealed partial class ServerConnection
{
    // How much is read and thrown away after the last words, and how long: more than the buffers of both kernels hold, and time for the words to arrive.
    private const long MostDiscarded = 16 * 1024 * 1024;
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    // What is thrown away lands here, of all connections: nobody reads it.
    private static readonly byte[] Discarded = GC.AllocateUninitializedArray<byte>(64 * 1024);

    private int _receptions;
    private volatile bool _isCutOff;

    /// <summary>Why a message that is on its way can no longer be waited for, or null.</summary>
    public ConnectionEnd? Overdue => _isCutOff || Interruption is ConnectionEnd.TimedOut ? Interruption : null;

    /// <summary>To be held while the session takes a message, which a stop lets come in until time is up: <see cref="Overdue"/> is then looked at after each read.</summary>
    public MessageReception TakeMessage() => new(this);

    /// <summary>True if the client is to see the end at once: what it sends then is refused.</summary>
    public bool EndsAtOnce { get; set; }

    /// <summary>Called by the heartbeat.</summary>
    public void CheckDeadline(long now)
    {
        if (now < Volatile.Read(ref _deadline))
            return;

        if (Interruption is not null)
            Abort();
        else
            Interrupt(ConnectionEnd.TimedOut);
    }

    /// <summary>Wakes the session so that it says goodbye.</summary>
    public void Interrupt(ConnectionEnd reason)
    {
        if (Interlocked.CompareExchange(ref _interruption, (int)reason + 1, 0) != 0 && reason is not ConnectionEnd.TimedOut)
            return;

        Interlocked.Exchange(ref _interruption, (int)reason + 1);
        if (reason is ConnectionEnd.TimedOut)
        {
            End = reason;
            SetDeadline(Grace);
        }

        // There is no read to wake in a handshake. One that goes on ends in a goodbye; one that does not must not hold up the stop.
        if (reason is not ConnectionEnd.TimedOut && _isInHandshake)
            SetDeadline(Grace);
        Input.CancelPendingRead();
    }

    /// <summary>Ends a session that was interrupted and has had its time: one that takes a message says goodbye now, the socket of any other is closed.</summary>
    public void CutOff()
    {
        if (Volatile.Read(ref _receptions) == 0)
        {
            Abort();
            return;
        }

        _isCutOff = true;
        SetDeadline(Grace);
        Input.CancelPendingRead();
    }

    /// <summary>Closes the socket under the session. Nothing of the session runs on the caller's thread, which may be the heartbeat's.</summary>
    public void Abort()
    {
        if (Interruption is { } reason)
            End = reason;
        _ = _aborted.CancelAsync();
        _socket.Close(0);
        (_stream as EpollStream)?.Abort();
    }

    /// <summary>Says close_notify where TLS is on, and that this was all.</summary>
    /// <returns>True if the client may still be sending: a close alone would then take the last words back, and <see cref="LingerAsync"/> comes first. After QUIT a close says all.</returns>
    public async ValueTask<bool> EndAsync()
    {
        try
        {
            if (_aborted.IsCancellationRequested)
                return false;

            await _wire.ShutdownAsync();
            if (End is ConnectionEnd.Completed or ConnectionEnd.ClosedByPeer)
                return false;
            _socket.Shutdown(SocketShutdown.Send);
            return !EndsAtOnce;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The client is gone already: there is nobody to be polite to.
            return false;
        }
    }

    /// <summary>
    /// Reads on and throws away until the client closes, for a short time. Closing a socket on which octets come that nobody reads resets the
    /// connection (RFC 1122 section 4.2.2.13): the client's next write fails, and its kernel may drop what it has not read.
    /// </summary>
    public async ValueTask LingerAsync()
    {
        using var enough = new CancellationTokenSource(LingerTime, Clock);
        try
        {
            await _wire.Input.CompleteAsync();
            var count = 1;
            for (long sum = 0; count > 0 && sum < MostDiscarded; sum += count)
                count = await _stream.ReadAsync(Discarded, enough.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Time is up, or the client is gone.
        }
    }

    /// <summary>Closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync();
        _socket.Dispose();
    }

    /// <summary>A message that is on its way in. Disposed once it is there, or given up.</summary>
    internal readonly struct MessageReception : IDisposable
    {
        private readonly ServerConnection _connection;

        /// <summary>Begins.</summary>
        public MessageReception(ServerConnection connection)
        {
            _connection = connection;
            Interlocked.Increment(ref connection._receptions);
        }

        /// <summary>Ends.</summary>
        public void Dispose() => Interlocked.Decrement(ref _connection._receptions);
    }
}
