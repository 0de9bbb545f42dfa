using System.Globalization;

namespace MailOps.Client.Migration;

/// <summary>
/// How fast a copy may go: as many folders at once as were asked for, until a server says that it is too much. Then all wait as long as it says,
/// and one folder fewer is under way; after a time without complaint one more is again.
/// </summary>
internal sealed class CopyPace(CopyOptions options, TimeProvider clock)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private int _allowed = options.Connections;
    private int _active;
    private int _inRow;
    private DateTimeOffset _notBefore;
    private DateTimeOffset _changed;

    /// <summary>Waits until one more folder may be under way.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancel)
    {
        while (true)
        {
            await WaitAsync(cancel).ConfigureAwait(false);
            lock (_gate)
            {
                if (_active < _allowed)
                {
                    _active++;
                    return new Place(this);
                }
            }

            await Task.Delay(Look, clock, cancel).ConfigureAwait(false);
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
            allowed = _allowed = Math.Max(1, Math.Min(_allowed, Math.Max(_active, 1)) - 1);
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

    private sealed class Place(CopyPace pace) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) != 0)
                return;
            lock (pace._gate)
                pace._active--;
        }
    }
}
