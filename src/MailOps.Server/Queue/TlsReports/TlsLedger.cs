using System.Security.Cryptography;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>Counts what is seen of TLS, by day, and keeps it in files.</summary>
internal sealed class TlsLedger
{
    // RFC 8460 section 4.1: a random delay of up to four hours.
    private static readonly int MostDelaySeconds = (int)TimeSpan.FromHours(4).TotalSeconds;

    private readonly TlsLedgerFiles _files;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly List<TlsDay> _closed;
    private readonly HashSet<DateOnly> _unwritten = [];
    private TlsDay _today;

    /// <summary>Takes up what was counted before.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public TlsLedger(TlsLedgerFiles files, TimeProvider clock)
    {
        (_files, _clock) = (files, clock);
        var date = Today;
        _closed = [.. files.Load()];
        _today = _closed.Find(day => day.Date == date) ?? New(date);
        _closed.Remove(_today);
    }

    private DateOnly Today => DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);

    /// <summary>Counts a session.</summary>
    public void Count(TlsSession session)
    {
        lock (_gate)
        {
            Turn();
            _today.Count(session);
            _unwritten.Add(_today.Date);
        }
    }

    /// <summary>The days that are over. Nothing is counted in them any more.</summary>
    public IReadOnlyList<TlsDay> Closed()
    {
        lock (_gate)
        {
            Turn();
            return [.. _closed];
        }
    }

    /// <summary>Writes what was counted since it was last written.</summary>
    /// <exception cref="IOException">It cannot be written, and is kept for the next time.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, and is kept for the next time.</exception>
    public async Task SaveAsync()
    {
        await _writing.WaitAsync();
        try
        {
            List<(DateOnly Date, byte[] Octets)> changed;
            lock (_gate)
            {
                changed = [.. _closed.Append(_today).Where(day => _unwritten.Contains(day.Date)).Select(day => (day.Date, TlsLedgerFiles.Octets(day)))];
                _unwritten.Clear();
            }

            foreach (var (date, octets) in changed)
            {
                try
                {
                    await _files.WriteAsync(date, octets);
                }
                catch
                {
                    lock (_gate)
                        _unwritten.UnionWith(changed.Select(one => one.Date));
                    throw;
                }
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Forgets a day that is over.</summary>
    /// <exception cref="IOException">Its files cannot be removed.</exception>
    public async Task RemoveAsync(TlsDay day)
    {
        await _writing.WaitAsync();
        try
        {
            lock (_gate)
            {
                _closed.Remove(day);
                _unwritten.Remove(day.Date);
            }

            _files.Remove(day.Date);
        }
        finally
        {
            _writing.Release();
        }
    }

    // A clock that is set back counts on in the day that was begun.
    private void Turn()
    {
        if (Today is var date && date > _today.Date)
        {
            _closed.Add(_today);
            _today = New(date);
        }
    }

    private static TlsDay New(DateOnly date) => new()
    {
        Date = date,
        SendAt = new DateTimeOffset(date.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero).AddSeconds(RandomNumberGenerator.GetInt32(1, MostDelaySeconds)),
        Key = RandomNumberGenerator.GetHexString(12, lowercase: true),
    };
}
