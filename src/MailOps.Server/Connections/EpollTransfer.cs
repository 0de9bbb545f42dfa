using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace MailOps.Server.Connections;

/// <summary>One direction of an <see cref="EpollStream"/>: a transfer that waits until the socket is ready.</summary>
/// <param name="move">Receives or sends what is possible without waiting.</param>
/// <param name="mostInARow">Transfers after which one goes on in the thread pool: who always finds something to read lets the others have the thread.</param>
internal sealed class EpollTransfer(Func<Memory<byte>, (int Count, SocketError Error)> move, int mostInARow) : IValueTaskSource<int>
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<int> _source;
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _cancel;
    private Memory<byte> _octets;
    private bool _isWaiting;
    private int _inARow;

    /// <summary>True if the session computes between two waits, and so must not hold the loop's thread.</summary>
    public bool GoesOnInPool { get; set; }

    /// <summary>True while a transfer waits for the socket.</summary>
    public bool IsWaiting
    {
        get
        {
            lock (_lock)
                return _isWaiting;
        }
    }

    /// <summary>Transfers at once, or when the socket is ready.</summary>
    public ValueTask<int> StartAsync(Memory<byte> octets, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancel);

        // An event that comes between the attempt and the waiting waits for the lock, so none is missed.
        lock (_lock)
        {
            if (++_inARow < mostInARow)
            {
                var (count, error) = move(octets);
                if (error is SocketError.Success)
                    return new ValueTask<int>(count);
                if (error is not SocketError.WouldBlock)
                    return ValueTask.FromException<int>(Failure(error));
            }

            _source.Reset();
            _source.RunContinuationsAsynchronously = GoesOnInPool;
            _cancel = cancel;
            _cancellation = cancel.UnsafeRegister(static transfer => ((EpollTransfer)transfer!).Cancel(), this);
            if (cancel.IsCancellationRequested)
                return ValueTask.FromCanceled<int>(cancel);
            _octets = octets;
            _isWaiting = true;
            if (_inARow >= mostInARow)
                ThreadPool.UnsafeQueueUserWorkItem(static transfer => transfer.Ready(), this, preferLocal: false);
            _inARow = 0;
            return new ValueTask<int>(this, _source.Version);
        }
    }

    /// <summary>The socket may be ready: goes on with whoever waits, here and now.</summary>
    public void Ready()
    {
        int count;
        Exception? failure = null;
        lock (_lock)
        {
            if (!_isWaiting)
                return;
            try
            {
                (count, var error) = move(_octets);
                if (error is SocketError.WouldBlock)
                    return;
                if (error is not SocketError.Success)
                    failure = Failure(error);
            }
            catch (ObjectDisposedException e)
            {
                (count, failure) = (0, e);
            }

            StopWaiting();
        }

        // Waits for a cancellation that runs at this moment, and finds that it came too late.
        _cancellation.Dispose();
        if (failure is null)
            _source.SetResult(count);
        else
            _source.SetException(failure);
    }

    /// <summary>Ends a wait whose socket was closed: the kernel tells of it no more.</summary>
    public void Abort() => GiveUp(new ObjectDisposedException(typeof(Socket).FullName));

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private static IOException Failure(SocketError error)
    {
        var cause = new SocketException((int)error);
        return new IOException(cause.Message, cause);
    }

    private void Cancel() => GiveUp(new OperationCanceledException(_cancel));

    // Whoever gives up may be the heartbeat: nothing of the session runs on its thread.
    private void GiveUp(Exception reason)
    {
        lock (_lock)
        {
            if (!_isWaiting)
                return;
            StopWaiting();
        }

        ThreadPool.UnsafeQueueUserWorkItem(static given => given.Transfer._source.SetException(given.Reason), (Transfer: this, Reason: reason), preferLocal: false);
    }

    private void StopWaiting()
    {
        _isWaiting = false;
        _octets = default;
    }
}
