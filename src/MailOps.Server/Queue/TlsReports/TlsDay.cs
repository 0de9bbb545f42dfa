using System.Globalization;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>What was seen of TLS on one day, by domain. It has a bound: of what is too much, counts are kept and details left out.</summary>
internal sealed class TlsDay
{
    /// <summary>About how many characters a day may have.</summary>
    internal const int MostSize = 16 << 20;

    /// <summary>About how many characters a domain may have in it: a policy of MTA-STS fits, and hundreds of details.</summary>
    internal const int MostOfDomain = 192 << 10;

    private const int LongestText = 300;

    /// <summary>The day, in UTC.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>When its reports are sent: some time after its end, so that not all servers send at once (RFC 8460 section 4.1).</summary>
    public required DateTimeOffset SendAt { get; init; }

    /// <summary>What makes the ids of its reports unlike all others: letters and digits.</summary>
    public required string Key { get; init; }

    /// <summary>What was seen, by domain.</summary>
    public Dictionary<string, TlsDomainTally> Domains { get; init; } = new(StringComparer.Ordinal);

    /// <summary>About how many characters are kept.</summary>
    public int Size { get; set; }

    /// <summary>Counts a session.</summary>
    public void Count(TlsSession session)
    {
        if (!Domains.TryGetValue(session.Domain, out var domain))
        {
            if (!HasRoom(null, session.Domain.Length))
                return;
            Domains[session.Domain] = domain = new TlsDomainTally();
            Use(domain, session.Domain.Length);
        }

        if (domain.Policies.Find(one => one.Policy.Equals(session.Policy)) is not { } tally)
        {
            var size = session.Policy.Text.Sum(line => line.Length) + session.Policy.MxHosts.Sum(host => host.Length) + session.Policy.Domain.Length;
            if (!HasRoom(domain, size))
                return;
            domain.Policies.Add(tally = new TlsPolicyTally { Policy = session.Policy });
            Use(domain, size);
        }

        if (session.Fault is not { } fault)
        {
            tally.Succeeded++;
            return;
        }

        tally.Failed++;
        // One reason for all that are alike: it may name a time.
        var detail = session.Detail with { Helo = Cut(session.Detail.Helo), Reason = null };
        if (tally.Failures.Find(one => one.Fault == fault && one.Detail with { Reason = null } == detail) is { } known)
        {
            known.Count++;
            return;
        }

        detail = detail with { Reason = Cut(session.Detail.Reason) };
        var length = detail.ToString().Length;
        if (!HasRoom(domain, length))
            return;
        tally.Failures.Add(new TlsFailureTally { Fault = fault, Detail = detail, Count = 1 });
        Use(domain, length);
    }

    /// <summary>The id of a domain's report, before the @: the same whenever it is made.</summary>
    public string ReportId(string domain) => string.Create(CultureInfo.InvariantCulture, $"{Date:yyyy-MM-dd}.{Key}.{domain}");

    // Names of the fields and marks of the file are about as long again as short values.
    private const int Overhead = 150;

    private bool HasRoom(TlsDomainTally? domain, int length) => Size + length + Overhead <= MostSize && (domain?.Size ?? 0) + length + Overhead <= MostOfDomain;

    private void Use(TlsDomainTally domain, int length)
    {
        Size += length + Overhead;
        domain.Size += length + Overhead;
    }

    private static string? Cut(string? text) => text is { Length: > LongestText } ? text[..LongestText] : text;
}
