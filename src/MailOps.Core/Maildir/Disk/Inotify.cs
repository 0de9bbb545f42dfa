using System.Runtime.InteropServices;

namespace MailOps.Maildir.Disk;

/// <summary>
/// Tells of changes in directories, on Linux. One instance and one thread serve the whole process, for a user may have few: 128 as a rule.
/// What the kernel cannot tell (changes by other machines, directories beyond its limit) is left to polling.
/// </summary>
internal sealed unsafe partial class Inotify
{
    private const int CloseOnExec = 0x80000;
    private const uint Ignored = 0x8000;
    private const uint Overflow = 0x4000;

    // Names that come, go and change; the directory itself removed or renamed; nothing but directories.
    private const uint Interest = 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800 | 0x01000000;
    private const int HeaderLength = 16;

    private static readonly Lazy<Inotify?> Instance = new(Open);

    private readonly int _descriptor;
    private readonly Lock _lock = new();

    // The kernel gives a directory one number, however often and under whatever name it is asked for.
    private readonly Dictionary<int, List<Watch>> _watches = [];

    private Inotify(int descriptor)
    {
        _descriptor = descriptor;
        new Thread(Read) { IsBackground = true, Name = "MailOps store watch" }.Start();
    }

    /// <summary>The process's instance; null where there is none to be had.</summary>
    internal static Inotify? Shared => Instance.Value;

    /// <summary>How many directories are watched.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _watches.Count;
        }
    }

    /// <summary>Watches a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="changed">Called on the thread that all share, so it only passes on that something happened. May be called without need.</param>
    /// <returns>Null if the directory is missing, or one too many.</returns>
    internal Watch? TryWatch(string directory, Action changed)
    {
        // Under the lock, so that no event of the new number is read before it is known.
        lock (_lock)
        {
            var number = AddWatch(_descriptor, directory, Interest);
            if (number < 0)
                return null;
            var watch = new Watch(this, number, changed);
            if (_watches.TryGetValue(number, out var others))
                others.Add(watch);
            else
                _watches[number] = [watch];
            return watch;
        }
    }

    private static Inotify? Open()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var descriptor = Initialize(CloseOnExec);
        return descriptor < 0 ? null : new Inotify(descriptor);
    }

    private void Remove(Watch watch)
    {
        lock (_lock)
        {
            if (!_watches.TryGetValue(watch.Number, out var all) || !all.Remove(watch) || all.Count > 0)
                return;
            _watches.Remove(watch.Number);
            _ = RemoveWatch(_descriptor, watch.Number);
        }
    }

    private void Read()
    {
        var buffer = new byte[64 * 1024];
        var told = new HashSet<Watch>();
        while (true)
        {
            nint length;
            fixed (byte* start = buffer)
                length = ReadEvents(_descriptor, start, (nuint)buffer.Length);
            if (length < 0 && Marshal.GetLastPInvokeError() == DiskErrors.Interrupted)
                continue;
            if (length <= 0)
                return;
            lock (_lock)
                Collect(buffer.AsSpan(0, (int)length), told);
            foreach (var watch in told)
                watch.Tell();
            told.Clear();
        }
    }

    // struct inotify_event: int wd; uint32 mask, cookie, len; char name[len].
    private void Collect(ReadOnlySpan<byte> events, HashSet<Watch> told)
    {
        while (events.Length >= HeaderLength)
        {
            var number = MemoryMarshal.Read<int>(events);
            var mask = MemoryMarshal.Read<uint>(events[4..]);
            events = events[(HeaderLength + MemoryMarshal.Read<int>(events[12..]))..];
            if ((mask & Overflow) != 0)
            {
                // Events were lost, and nobody knows whose.
                foreach (var all in _watches.Values)
                    told.UnionWith(all);
                continue;
            }

            if (!_watches.TryGetValue(number, out var watches))
                continue;
            told.UnionWith(watches);
            if ((mask & Ignored) == 0)
                continue;
            _watches.Remove(number);
            foreach (var watch in watches)
                watch.IsLost = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Initialize(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddWatch(int descriptor, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    private static partial int RemoveWatch(int descriptor, int number);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadEvents(int descriptor, byte* buffer, nuint count);

    /// <summary>A directory that somebody wants to hear of. Disposed, nothing more is told.</summary>
    internal sealed class Watch(Inotify owner, int number, Action changed) : IDisposable
    {
        private volatile bool _isLost;

        internal int Number => number;

        /// <summary>True when the directory is gone, and the watch with it.</summary>
        internal bool IsLost
        {
            get => _isLost;
            set => _isLost = value;
        }

        public void Dispose() => owner.Remove(this);

        internal void Tell() => changed();
    }
}
