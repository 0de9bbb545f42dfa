using System.Collections.Concurrent;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>A server's reports about TLS: writes its counts every minute, and sends what a day came to when it is time.</summary>
internal sealed class TlsReportService : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(4);

    // RFC 8460 section 5.5: up to 24 hours after the first try.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    // What a server that was off for so long still knows is of no use any more.
    private const int MostDays = 3;

    // So that hosts that never answer hold up only some of the others.
    private const int AtOnce = 8;

    private readonly TlsLedger _ledger;
    private readonly TlsLedgerFiles _files;
    private readonly TlsReportOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<TlsReported> _tell;
    private readonly Action<Exception> _fault;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(DateOnly Date, string Domain), (DateTimeOffset First, DateTimeOffset Next, TimeSpan Wait)> _tries = new();
    private readonly Dictionary<DateOnly, TlsSentLog> _logs = [];
    private TlsReportSender? _sender;
    private ITimer? _timer;
    private Task _saving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    /// <summary>Takes up what was counted before. Nothing is sent before <see cref="Start"/>.</summary>
    /// <param name="folder">Where counts are kept.</param>
    /// <param name="options">In whose name.</param>
    /// <param name="clock">The time.</param>
    /// <param name="tell">Is told what became of reports.</param>
    /// <param name="fault">Is told of what should not happen.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be used.</exception>
    public TlsReportService(string folder, TlsReportOptions options, TimeProvider clock, Action<TlsReported> tell, Action<Exception> fault)
    {
        _files = new TlsLedgerFiles(folder, fault);
        _ledger = new TlsLedger(_files, clock);
        (_options, _clock, _tell, _fault) = (options, clock, tell, fault);
    }

    /// <summary>Counts a session.</summary>
    public void Count(TlsSession session) => _ledger.Count(session);

    /// <summary>Finds out which reports a killed process brought into the queue: before the queue sends, after which it could not be known.</summary>
    /// <param name="isQueued">Whether the queue has a message with an id.</param>
    /// <exception cref="IOException">What was sent cannot be read.</exception>
    public async Task RecallAsync(Func<string, bool> isQueued)
    {
        foreach (var log in _ledger.Closed().Select(day => LogOf(day.Date)))
        {
            foreach (var (domain, target, id) in log.Begun())
            {
                if (isQueued(id))
                    await log.SentAsync(domain, target);
            }
        }
    }

    /// <summary>Begins to write and to send.</summary>
    /// <param name="sender">Takes reports to where they are wanted.</param>
    public void Start(TlsReportSender sender)
    {
        _sender = sender;
        _timer = _clock.CreateTimer(_ => Tick(), null, Beat, Beat);
    }

    /// <summary>Ends to write and to send; what is still seen is counted.</summary>
    public async Task StopAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
        await _end.CancelAsync();
        await Task.WhenAll(_saving, _sending);
    }

    /// <summary>Writes the counts, behind <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await GuardedAsync(_ledger.SaveAsync);
        _end.Dispose();
    }

    private void Tick()
    {
        // A host that does not answer must not keep counts from being written.
        if (_saving.IsCompleted)
            _saving = GuardedAsync(_ledger.SaveAsync);
        if (_sending.IsCompleted)
            _sending = GuardedAsync(SendDueAsync);
    }

    private async Task GuardedAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // What was not sent is after the next start.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _fault(e);
        }
    }

    private async Task SendDueAsync()
    {
        var now = _clock.GetUtcNow();
        foreach (var day in _ledger.Closed().Where(day => day.SendAt <= now))
        {
            var log = LogOf(day.Date);
            var isOld = day.Date.AddDays(1 + MostDays) < DateOnly.FromDateTime(now.UtcDateTime);
            if (!isOld)
            {
                var due = day.Domains.Keys.Where(domain => !log.IsDone(domain) && (!_tries.TryGetValue((day.Date, domain), out var before) || before.Next <= now)).ToList();
                await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _end.Token }, async (domain, _) => await SendAsync(day, domain, log));
            }

            if (isOld || day.Domains.Keys.All(log.IsDone))
            {
                await _ledger.RemoveAsync(day);
                _logs.Remove(day.Date);
                foreach (var key in _tries.Keys.Where(key => key.Date == day.Date))
                    _tries.TryRemove(key, out _);
            }
        }
    }

    private async Task SendAsync(TlsDay day, string domain, TlsSentLog log)
    {
        var now = _clock.GetUtcNow();
        var before = _tries.TryGetValue((day.Date, domain), out var tried) ? tried : (First: now, Next: now, Wait: FirstRetry);
        var isLast = now - before.First >= Patience;
        var (record, problem) = await _sender!.RecordAsync(domain, _end.Token);
        var failed = problem is not null;
        if (record is not null)
        {
            var report = new TlsReport { Organization = _options.Organization ?? _options.Domain, Contact = _options.Contact!, Domain = domain, Day = day };
            foreach (var address in record.Mail.Where(address => !log.Has(domain, address)))
                failed |= Told(report, address, await _sender.MailAsync(report, address, log), isLast);
            foreach (var url in record.Web.Where(url => !log.Has(domain, url.AbsoluteUri)))
                failed |= Told(report, url.AbsoluteUri, await _sender.PostAsync(report, url, log, _end.Token), isLast);
        }

        if (!failed || isLast)
            await log.DoneAsync(domain);
        else
            _tries[(day.Date, domain)] = (before.First, now + before.Wait, before.Wait * 2 < LongestRetry ? before.Wait * 2 : LongestRetry);
    }

    private bool Told(TlsReport report, string target, string? problem, bool isLast)
    {
        _tell(new TlsReported
        {
            Time = _clock.GetUtcNow(),
            Domain = report.Domain,
            Date = report.Day.Date,
            ReportId = report.Id,
            Target = target,
            Problem = problem,
            IsTriedAgain = problem is not null && !isLast,
        });
        return problem is not null;
    }

    // Used by one at a time: at the start, and then by what sends.
    private TlsSentLog LogOf(DateOnly date) => _logs.TryGetValue(date, out var log) ? log : _logs[date] = _files.SentOf(date).Read();
}
