using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MailOps.Server.Connections;

/// <summary>
/// Waits for sockets, on Linux, and goes on with their sessions on its own thread. A session of short steps then costs no change of threads
/// at each line, which is most of what a small message costs on its way through the thread pool.
/// </summary>
internal sealed unsafe partial class EpollLoop
{
    private const int CloseOnExec = 0x80000;
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
    private readonly ConcurrentDictionary<long, EpollStream> _streams = [];
    private long _lastId;

    private EpollLoop(int descriptor)
    {
        _descriptor = descriptor;
        new Thread(Run) { IsBackground = true, Name = "MailOps connections" }.Start();
    }

    /// <summary>The loop for the next connection; null where there is none.</summary>
    public static EpollLoop? Next => All.Value[(uint)Interlocked.Increment(ref _last) % All.Value.Length];

    /// <summary>Tells a stream from now on when there is something to read.</summary>
    /// <returns>The stream's number here; 0 if the system can watch no more.</returns>
    public long Watch(EpollStream stream, SafeHandle socket)
    {
        var id = Interlocked.Increment(ref _lastId);
        _streams[id] = stream;
        if (Control(Add, socket, id, Readable | PeerClosed | EdgeTriggered))
            return id;
        Forget(id);
        return 0;
    }

    /// <summary>Tells it also when it can write again. Seldom needed: replies are short.</summary>
    public void WatchWriting(long id, SafeHandle socket) =>
        Control(Modify, socket, id, Readable | Writable | PeerClosed | EdgeTriggered);

    /// <summary>Forgets a stream. What the kernel keeps ends with the socket.</summary>
    public void Forget(long id) => _streams.TryRemove(id, out _);

    private static EpollLoop? Open()
    {
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian)
            return null;
        var descriptor = Create(CloseOnExec);
        return descriptor < 0 ? null : new EpollLoop(descriptor);
    }

    private bool Control(int operation, SafeHandle socket, long id, uint interest)
    {
        var request = stackalloc byte[EventLength];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(request, 4), interest);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(request + DataAt, 8), id);
        var isHeld = false;
        try
        {
            socket.DangerousAddRef(ref isHeld);
            return Control(_descriptor, operation, (int)socket.DangerousGetHandle(), request) == 0;
        }
        finally
        {
            if (isHeld)
                socket.DangerousRelease();
        }
    }

    private void Run()
    {
        var events = stackalloc byte[EventLength * MostAtOnce];
        while (true)
        {
            var count = Wait(_descriptor, events, MostAtOnce, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
                return;
            for (var i = 0; i < count; i++)
            {
                var happened = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(events + (i * EventLength), 4));
                var id = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(events + (i * EventLength) + DataAt, 8));
                if (_streams.TryGetValue(id, out var stream))
                    stream.Ready((happened & (Readable | PeerClosed | Broken)) != 0, (happened & (Writable | Broken)) != 0);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int descriptor, byte* request);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, byte* events, int most, int milliseconds);
}
