using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MailOps.Server.Connections;

/// <summary>
/// Waits for sockets, on Linux, and goes on with their sessions on its own thread. A session of short steps then costs no change of threads
/// at each line, which is most of what a small message costs on its way through the thread pool. As a synchronization context it also takes
/// back what had to wait elsewhere: a commit, a password, a large body.
/// </summary>
internal sealed unsafe partial class EpollLoop : SynchronizationContext
{
    // The number of the descriptor that wakes the loop, among the waiters'.
    private const long WakeId = 0;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Add = 1;
    private const int Modify = 3;
    private const uint Readable = 0x1;
    private const uint Writable = 0x4;
    private const uint Broken = 0x8 | 0x10;
    private const uint PeerClosed = 0x2000;
    private const uint EdgeTriggered = 1u << 31;
    private const int MostAtOnce = 128;
    private const int Interrupted = 4;

    // struct epoll_event: uint32 events, uint64 data; without a gap on x86-64 alone (epoll_ctl(2)).
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventLength = DataAt + 8;

    // One for two processors: the commits of the store and the pool need theirs.
    private static readonly Lazy<EpollLoop?[]> All = new(static () => [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, 8)).Select(static _ => Open())]);
    private static int _last;

    private readonly int _descriptor;
    private readonly int _waker;
    private readonly Thread _thread;
    private readonly ConcurrentDictionary<long, IEpollWaiter> _waiters = [];
    private readonly ConcurrentQueue<(SendOrPostCallback Step, object? State)> _posted = [];
    private long _lastId;
    private int _isWoken;

    private EpollLoop(int descriptor, int waker)
    {
        _descriptor = descriptor;
        _waker = waker;
        _thread = new Thread(Run) { IsBackground = true, Name = "MailOps connections" };
        _thread.Start();
    }

    /// <summary>The loop for the next connection; null where there is none.</summary>
    public static EpollLoop? Next() => All.Value[(uint)Interlocked.Increment(ref _last) % All.Value.Length];

    /// <summary>Tells a stream, or a listener, from now on when there is something to read.</summary>
    /// <returns>Its number here; 0 if the system can watch no more.</returns>
    public long Watch(IEpollWaiter waiter, SafeHandle socket)
    {
        var id = Interlocked.Increment(ref _lastId);
        _waiters[id] = waiter;
        if (Control(Add, socket, id, Readable | PeerClosed | EdgeTriggered))
            return id;
        Forget(id);
        return 0;
    }

    /// <summary>Tells it also when it can write again. Seldom needed: replies are short.</summary>
    public void WatchWriting(long id, SafeHandle socket) =>
        Control(Modify, socket, id, Readable | Writable | PeerClosed | EdgeTriggered);

    /// <summary>Forgets who waits. What the kernel keeps ends with the socket.</summary>
    public void Forget(long id) => _waiters.TryRemove(id, out _);

    /// <summary>Runs a step of a session on the loop's thread, after what is there already. One call wakes it for all that comes meanwhile.</summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        _posted.Enqueue((d, state));
        if (Thread.CurrentThread == _thread || Interlocked.Exchange(ref _isWoken, 1) != 0)
            return;
        var one = 1L;
        _ = Write(_waker, &one, sizeof(long));
    }

    /// <summary>Nobody may wait for the loop: it waits for nobody.</summary>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    private static EpollLoop? Open()
    {
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian)
            return null;
        var descriptor = Create(CloseOnExec);
        var waker = EventDescriptor(0, CloseOnExec | NonBlocking);
        if (descriptor >= 0 && waker >= 0 && Control(descriptor, Add, waker, WakeId, Readable | EdgeTriggered))
            return new EpollLoop(descriptor, waker);
        foreach (var opened in (ReadOnlySpan<int>)[descriptor, waker])
        {
            if (opened >= 0)
                _ = Close(opened);
        }

        return null;
    }

    private bool Control(int operation, SafeHandle socket, long id, uint interest)
    {
        var isHeld = false;
        try
        {
            socket.DangerousAddRef(ref isHeld);
            return Control(_descriptor, operation, (int)socket.DangerousGetHandle(), id, interest);
        }
        finally
        {
            if (isHeld)
                socket.DangerousRelease();
        }
    }

    private static bool Control(int epoll, int operation, int descriptor, long id, uint interest)
    {
        var request = stackalloc byte[EventLength];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(request, 4), interest);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(request + DataAt, 8), id);
        return Control(epoll, operation, descriptor, request) == 0;
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        var events = stackalloc byte[EventLength * MostAtOnce];
        while (true)
        {
            var count = Wait(_descriptor, events, MostAtOnce, _posted.IsEmpty ? -1 : 0);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
                return;
            for (var i = 0; i < count; i++)
            {
                var happened = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(events + (i * EventLength), 4));
                var id = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(events + (i * EventLength) + DataAt, 8));

                // A full barrier: what is posted is looked for after whoever posts can see that the next call is needed.
                if (id == WakeId)
                    Interlocked.Exchange(ref _isWoken, 0);
                else if (_waiters.TryGetValue(id, out var waiter))
                    waiter.Ready((happened & (Readable | PeerClosed | Broken)) != 0, (happened & (Writable | Broken)) != 0);
            }

            // What these steps post waits until the sockets were looked at.
            for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var posted); left--)
                posted.Step(posted.State);
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int descriptor, byte* request);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventDescriptor(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, long* value, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, byte* events, int most, int milliseconds);
}
