using System.Globalization;

namespace MailOps.Client.Migration;

/// <summary>
/// How fast a copy may go: as many folders are read at once, and as many written, as were asked for, until a server says that it is too much. Then all
/// wait as long as it says, and one folder fewer is under way; after a time without complaint one more is again.
/// </summary>
internal sealed class CopyPace(CopyOptions options, TimeProvider clock)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private int _allowed = options.Connections;
    private int _reading;
    private int _writing;
    private int _inRow;
    private TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _notBefore;
    private DateTimeOffset _changed;

    /// <summary>Waits until one more folder may be read.</summary>
    public Task<IDisposable> ReadAsync(CancellationToken cancel) => EnterAsync(isWriting: false, cancel);

    /// <summary>Waits until one more folder may be written. Who reads one as well has entered that before.</summary>
    public Task<IDisposable> WriteAsync(CancellationToken cancel) => EnterAsync(isWriting: true, cancel);

    private async Task<IDisposable> EnterAsync(bool isWriting, CancellationToken cancel)
    {
        while (true)
        {
            await WaitAsync(cancel).ConfigureAwait(false);
            lock (_gate)
            {
                ref var active = ref isWriting ? ref _writing : ref _reading;
                if (active < _allowed)
                {
                    active++;
                    return new Place(this, isWriting);
                }
            }

            await WaitForPlaceAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the servers are to be asked for anything again.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_gate)
                wait = _notBefore - clock.GetUtcNow();
            if (wait <= TimeSpan.Zero)
                return;
            await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A server says that it is too much.</summary>
    /// <param name="said">In its words.</param>
    /// <param name="after">When it is to be asked again; null if it does not say.</param>
    public async ValueTask SlowDownAsync(string said, TimeSpan? after)
    {
        TimeSpan wait;
        int allowed;
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            // Of several that hear the same, the first has told all.
            if (_notBefore > now)
                return;
            wait = after ?? (FirstWait * Math.Pow(2, Math.Min(_inRow, 10)));
            wait = wait < LongestWait || after is not null ? wait : LongestWait;
            _inRow++;
            _notBefore = now + wait;
            _changed = _notBefore;
            allowed = _allowed = Math.Max(1, Math.Min(_allowed, Math.Max(Math.Max(_reading, _writing), 1)) - 1);
        }

        await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{said.TrimEnd('.')}. The copy waits for {wait.TotalSeconds:0.###} seconds and goes on with {(allowed == 1 ? "one folder" : $"{allowed} folders")} at once.")).ConfigureAwait(false);
    }

    /// <summary>Messages arrived: after a time without complaint one more folder may be under way.</summary>
    public void GoOn()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (_allowed == options.Connections || now - _changed < Quiet)
                return;
            _allowed++;
            _changed = now;
            _inRow = 0;
        }
    }

    // Until somebody leaves, or a while has passed: more may be allowed by then.
    private async Task WaitForPlaceAsync(CancellationToken cancel)
    {
        Task left;
        lock (_gate)
            left = _left.Task;
        await Task.WhenAny(left, Task.Delay(Look, clock, cancel)).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
    }

    private sealed class Place(CopyPace pace, bool isWriting) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) != 0)
                return;
            TaskCompletionSource left;
            lock (pace._gate)
            {
                if (isWriting)
                    pace._writing--;
                else
                    pace._reading--;
                left = pace._left;
                pace._left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            left.SetResult();
        }
    }
}
