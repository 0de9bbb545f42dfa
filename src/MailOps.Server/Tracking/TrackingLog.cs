using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Server.Connections;

namespace MailOps.Server.Tracking;

/// <summary>
/// Writes down what becomes of messages: a thread of its own appends what has come meanwhile, in one piece. Nobody waits for it; what it
/// cannot keep up with is dropped, counted and told.
/// </summary>
/// <remarks>Rows of a file are in the order of their times, but for <see cref="Disorder"/>: a row that comes later than that has the time of its writing, and a clock that is set back begins another file. Several processes may append to one file.</remarks>
internal sealed class TrackingLog : IAsyncDisposable
{
    /// <summary>How far the times of rows may be out of order.</summary>
    public static readonly TimeSpan Disorder = TimeSpan.FromMinutes(1);

    // Events, and recipients in them.
    private const int MostWaiting = 256 * 1024;
    private const int Batch = 1024;
    private const int MostOfPart = 64 << 20;
    private const int MostOfWrite = 256 * 1024;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan TrimBeat = TimeSpan.FromHours(1);

    private readonly object _gate = new();
    private readonly TrackingFolder _folder;
    private readonly TimeProvider _clock;
    private readonly Action<ServerEvent> _publish;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _lines = new();
    private volatile TrackingOptions _options;
    private List<ServerEvent> _waiting = [];
    private List<TaskCompletionSource> _flushing = [];
    private Thread? _thread;
    private int _weight;
    private long _dropped;
    private bool _isClosed;
    private bool _isFailing;
    private TrackingPart? _part;
    private DateTimeOffset _newest;
    private DateTimeOffset _trimmed;

    /// <summary>A log in a folder, which is made with the first row.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="clock">The time.</param>
    /// <param name="publish">Tells what went wrong.</param>
    public TrackingLog(IMaildirDisk disk, string folder, TrackingOptions options, TimeProvider clock, Action<ServerEvent> publish)
    {
        _folder = new TrackingFolder(disk, folder);
        (_options, _clock, _publish) = (options, clock, publish);
    }

    /// <summary>How many events were dropped since the last that was told.</summary>
    internal long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>A test's own most that waits.</summary>
    internal int Most { get; init; } = MostWaiting;

    /// <summary>A test's own size of a file.</summary>
    internal long PartSize { get; init; } = MostOfPart;

    /// <summary>Takes other options.</summary>
    public void Update(TrackingOptions options)
    {
        lock (_gate)
        {
            _options = options;
            _trimmed = default;
        }
    }

    /// <summary>Takes an event in, if it is about a message. Returns at once.</summary>
    public void Take(ServerEvent happened)
    {
        if (TrackingRows.WeightOf(happened) is not (> 0 and var weight) || !_options.Enabled)
            return;
        lock (_gate)
        {
            if (_isClosed || (_weight > 0 && _weight + weight > Most))
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            _weight += weight;
            _waiting.Add(happened);
            if (_waiting.Count is 1 or Batch)
                Wake();
        }
    }

    /// <summary>Ends when all that was taken is in the files, or could not be written.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_isClosed || (_thread is null && _waiting.Count == 0))
                return Task.CompletedTask;
            var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _flushing.Add(flushed);
            Wake();
            return flushed.Task;
        }
    }

    /// <summary>Writes what waits, and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_thread is null)
                return;
            Monitor.Pulse(_gate);
        }

        await _ended.Task;
    }

    private void Wake()
    {
        Monitor.Pulse(_gate);
        if (_thread is not null)
            return;
        _thread = new Thread(Run) { IsBackground = true, Name = "MailOps tracking" };
        _thread.Start();
    }

    private void Run()
    {
        while (TryTake(out var batch, out var flushing))
        {
            Write(batch);
            flushing.ForEach(flushed => flushed.TrySetResult());
        }

        _ended.SetResult();
    }

    // A few that come one by one are written together.
    private bool TryTake(out List<ServerEvent> batch, out List<TaskCompletionSource> flushing)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && _flushing.Count == 0 && !_isClosed)
            {
                if (!Monitor.Wait(_gate, TrimBeat))
                    break;
            }

            if (_waiting.Count < Batch && _flushing.Count == 0 && !_isClosed)
                Monitor.Wait(_gate, Linger);
            (batch, flushing) = (_waiting, _flushing);
            (_waiting, _flushing, _weight) = ([], [], 0);
            return batch.Count > 0 || flushing.Count > 0 || !_isClosed;
        }
    }

    private void Write(List<ServerEvent> batch)
    {
        var dropped = Interlocked.Exchange(ref _dropped, 0);
        try
        {
            if (dropped > 0)
                _publish(new TrackingDropped { Time = _clock.GetUtcNow(), Count = dropped });
            Trim();
            foreach (var row in batch.SelectMany(TrackingRows.Of))
                Add(row);
            if (dropped > 0)
                _lines.Append(System.Globalization.CultureInfo.InvariantCulture, $"# {dropped} events are missing here: more came than could be written\n");
            Append();
            _isFailing = false;
        }
#pragma warning disable CA1031 // Whatever goes wrong here, the server goes on.
        catch (Exception e)
        {
            _lines.Clear();
            _part = null;
            // Said once, not with every row.
            if (!_isFailing)
                _publish(new ServerFaulted { Time = _clock.GetUtcNow(), Exception = new MailStoreException((e as MailStoreException)?.Fault ?? StoreFault.Broken, $"The tracking log misses what became of messages: {e.Message}", e) });
            _isFailing = true;
        }
#pragma warning restore CA1031
    }

    private void Add(MailTrackingEntry row)
    {
        var now = _clock.GetUtcNow();
        var time = now - row.Timestamp > Disorder ? now : row.Timestamp;
        if (_part is not { } part || part.Day != DateOnly.FromDateTime(time.UtcDateTime) || time < _newest - Disorder || IsFull(part))
        {
            Append();
            _part = Next(time);
            _newest = time;
        }

        _newest = time > _newest ? time : _newest;
        TrackingLine.Write(_lines, row, time);
        if (_lines.Length >= MostOfWrite)
            Append();
    }

    private bool IsFull(TrackingPart part) => _lines.Length == 0 && SizeOf(part) >= Math.Min(PartSize, Math.Max(_options.MaxSize / 8, 64 * 1024));

    private long SizeOf(TrackingPart part)
    {
        using var file = _folder.Open(part);
        return file.Facts.Length;
    }

    // The last of the day, unless it is full or has rows that are later.
    private TrackingPart Next(DateTimeOffset time)
    {
        var day = DateOnly.FromDateTime(time.UtcDateTime);
        var last = _folder.Parts().LastOrDefault(part => part.Day == day);
        if (last.Number == 0)
            return new TrackingPart(day, 1);
        return IsFull(last) || time + Disorder < TrackingTimes.LastOf(_folder.PathOf(last)) ? last with { Number = last.Number + 1 } : last;
    }

    private void Append()
    {
        if (_lines.Length == 0)
            return;
        using var file = _folder.Open(_part ?? Next(_clock.GetUtcNow()));
        Span<byte> end = stackalloc byte[1];
        // Behind a line that was torn.
        if (file.Facts.Length is > 0 and var length && file.Read(end, length - 1) == 1 && end[0] != '\n')
            _lines.Insert(0, '\n');
        file.Append(Encoding.UTF8.GetBytes(_lines.ToString()));
        _lines.Clear();
    }

    private void Trim()
    {
        var now = _clock.GetUtcNow();
        if (now >= _trimmed && now - _trimmed < TrimBeat && _part is not null)
            return;
        _trimmed = now;
        _folder.Trim(_options, now);
    }
}
