using System.Collections.Concurrent;
using MailOps.Dns;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.MtaSts;

/// <summary>
/// Finds out what MTA-STS asks of deliveries to a domain (RFC 8461 section 3): the TXT record says whether there is a policy
/// and which, HTTPS has it, and what was fetched before holds for its time whatever happens to the two. Every outcome is a
/// value; only a cancelled token throws. One object serves any number of deliveries at once.
/// </summary>
/// <remarks>
/// Each call asks for the TXT record, through the resolver's cache: before a message is given up for a policy's sake, one
/// more call is the look for an updated policy that section 5.1 wants.
/// </remarks>
public sealed class MtaStsEvaluator : IDisposable
{
    // A failed fetch is not repeated for five minutes for the same id (section 3.3).
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    // Enough for the failures of five minutes; above it what is old is swept out.
    private const int ManyFailures = 10_000;

    private readonly MailResolver _resolver;
    private readonly MtaStsFetcher _fetcher;
    private readonly MtaStsCache _cache;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(string Domain, string Id), Lazy<Task<MtaStsFetch>>> _underWay = new();
    private readonly ConcurrentDictionary<string, (string Id, DateTimeOffset At, MtaStsFetch Fetch)> _failures = new(StringComparer.Ordinal);

    /// <summary>An evaluator.</summary>
    /// <param name="resolver">Asks for the TXT records.</param>
    /// <param name="fetcher">Fetches the policies. It stays its owner's.</param>
    /// <param name="cache">Keeps them.</param>
    /// <param name="clock">The clock by which they age.</param>
    public MtaStsEvaluator(MailResolver resolver, MtaStsFetcher fetcher, MtaStsCache cache, TimeProvider clock) =>
        (_resolver, _fetcher, _cache, _clock) = (resolver, fetcher, cache, clock);

    /// <summary>What applies to a domain now.</summary>
    /// <param name="domain">
    /// The domain of the recipients' addresses. For mail that all goes to one host, the host's name (RFC 8461 section 3.4).
    /// </param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<MtaStsApplied> ForDomainAsync(DnsName domain, CancellationToken cancel)
    {
        var cached = _cache.Find(domain) is { } found && found.Holds(_clock.GetUtcNow()) ? found : null;
        var (record, problem) = await RecordAsync(domain, cancel).ConfigureAwait(false);
        if (record is null)
            return cached is not null ? Cached(cached, problem) : None(domain, problem!, "RFC 8461 section 3.1", null);
        if (cached is not null && cached.Id == record.Id && !cached.IsDue(_clock.GetUtcNow()))
            return Cached(cached, null);

        var fetch = await FetchAsync(domain, record.Id, cancel).ConfigureAwait(false);
        if (fetch.Policy is null)
            return cached is not null ? Cached(cached, fetch.Reason) : None(domain, fetch.Reason, fetch.Source, fetch.Fault);

        var entry = new MtaStsCacheEntry(domain, record.Id, _clock.GetUtcNow(), fetch.Policy);
        var unwritten = _cache.Keep(entry);
        return Of(entry, MtaStsOrigin.Fetched, fetch.Reason, unwritten);
    }

    /// <summary>
    /// Fetches anew what is due, so that no policy of a domain that gets little mail runs out (RFC 8461 sections 3.3 and
    /// 10.2), and forgets what has run out. To be called now and then, about once an hour.
    /// </summary>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What applies to each domain whose policy was due.</returns>
    public async Task<IReadOnlyList<MtaStsApplied>> RefreshAsync(CancellationToken cancel)
    {
        _cache.RemoveExpired(_clock.GetUtcNow());
        var refreshed = new List<MtaStsApplied>();
        foreach (var entry in _cache.All().Where(e => e.IsDue(_clock.GetUtcNow())))
            refreshed.Add(await ForDomainAsync(entry.Domain, cancel).ConfigureAwait(false));
        return refreshed;
    }

    /// <summary>Ends the fetches that are under way.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task<(MtaStsRecord? Record, string? Problem)> RecordAsync(DnsName domain, CancellationToken cancel)
    {
        if (!DnsName.TryParse($"_mta-sts.{domain.Ascii}", out var name, out var error))
            return (null, error);

        var answer = await _resolver.TxtAsync(name, cancel).ConfigureAwait(false);
        if (answer.Status != DnsStatus.Answered)
            return (null, answer.Detail);
        return MtaStsRecord.TryFind(answer.Records.Select(r => r.Text), out var record, out error) ? (record, null) : (null, $"{name.Ascii}: {error}");
    }

    private async Task<MtaStsFetch> FetchAsync(DnsName domain, string id, CancellationToken cancel)
    {
        if (_failures.TryGetValue(domain.Ascii, out var failure) && failure.Id == id && _clock.GetUtcNow() - failure.At < RetryAfter)
            return failure.Fetch with { Reason = $"{failure.Fetch.Reason} This was at {failure.At:yyyy-MM-dd HH:mm:ss}; the next try is five minutes later." };

        // Deliveries that come together share one fetch, which goes on for the others when one of them is cancelled.
        var key = (domain.Ascii, id);
        var fetching = _underWay.GetOrAdd(key, _ => new Lazy<Task<MtaStsFetch>>(() => RunAsync(domain, id)));
        return await fetching.Value.WaitAsync(cancel).ConfigureAwait(false);
    }

    private async Task<MtaStsFetch> RunAsync(DnsName domain, string id)
    {
        try
        {
            var fetch = await _fetcher.FetchAsync(domain, _end.Token).ConfigureAwait(false);
            Remember(domain, id, fetch);
            return fetch;
        }
        finally
        {
            _underWay.TryRemove((domain.Ascii, id), out _);
        }
    }

    private void Remember(DnsName domain, string id, MtaStsFetch fetch)
    {
        var now = _clock.GetUtcNow();
        if (fetch.Policy is not null)
        {
            _failures.TryRemove(domain.Ascii, out _);
            return;
        }

        _failures[domain.Ascii] = (id, now, fetch);
        if (_failures.Count < ManyFailures)
            return;
        foreach (var old in _failures.Where(f => now - f.Value.At >= RetryAfter))
            _failures.TryRemove(old);
    }

    private static MtaStsApplied Cached(MtaStsCacheEntry entry, string? problem) => Of(entry, MtaStsOrigin.Cached,
        problem is null
            ? "The policy was fetched before, and the TXT record still has its id."
            : $"The policy was fetched before and holds until {entry.Expires:yyyy-MM-dd HH:mm}, though it could not be confirmed.", problem);

    private static MtaStsApplied Of(MtaStsCacheEntry entry, MtaStsOrigin origin, string reason, string? problem) => new()
    {
        Domain = entry.Domain,
        Policy = entry.Policy,
        Id = entry.Id,
        Fetched = entry.Fetched,
        Origin = origin,
        Reason = reason,
        Source = "RFC 8461 section 3.3",
        Problem = problem,
    };

    private static MtaStsApplied None(DnsName domain, string reason, string source, TlsFault? fault) => new() { Domain = domain, Reason = reason, Source = source, Fault = fault };
}
