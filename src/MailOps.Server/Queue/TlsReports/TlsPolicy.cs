using System.Globalization;
using MailOps.Server.Queue.Security;
using MailOps.Trust.MtaSts;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>The policy by which TLS to a host was judged, as a report tells it (RFC 8460 section 4.4).</summary>
/// <param name="Type"><c>tlsa</c>, <c>sts</c> or <c>no-policy-found</c>.</param>
/// <param name="Domain">Its domain: for <c>tlsa</c> the base domain of the records (section 1.1).</param>
/// <param name="Text">The policy in lines (section 4.5): TLSA records, or the fields of a policy of MTA-STS.</param>
/// <param name="MxHosts">The names of hosts in a policy of MTA-STS.</param>
internal sealed record TlsPolicy(string Type, string Domain, IReadOnlyList<string> Text, IReadOnlyList<string> MxHosts)
{
    /// <summary>The policy that decides about a host.</summary>
    /// <param name="domain">The domain that mail goes to.</param>
    /// <param name="policy">What is asked of connections to the host.</param>
    public static TlsPolicy Of(string domain, HostPolicy policy)
    {
        if (policy.Dane is { } dane && (policy.DaneDecides || dane.Fault is not null))
            return new TlsPolicy("tlsa", dane.BaseDomain ?? policy.Host, [.. dane.Records.Concat(dane.SetAside.Select(one => one.Record)).Select(record => record.ToString())], []);
        if (policy.MtaSts is { Policy: { Mode: not MtaStsMode.None } sts })
            return new TlsPolicy("sts", domain, [.. Lines(sts)], sts.Mx);
        return new TlsPolicy(policy.MtaSts is { Fault: not null } ? "sts" : "no-policy-found", domain, [], []);
    }

    /// <summary>Equal if all that it says is.</summary>
    public bool Equals(TlsPolicy? other) => other is not null && (Type, Domain) == (other.Type, other.Domain) && Text.SequenceEqual(other.Text, StringComparer.Ordinal) && MxHosts.SequenceEqual(other.MxHosts, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Domain, Text.Count);

    private static IEnumerable<string> Lines(MtaStsPolicy policy) =>
    [
        "version: STSv1", $"mode: {policy.Mode.ToString().ToLowerInvariant()}", .. policy.Mx.Select(host => $"mx: {host}"),
        string.Create(CultureInfo.InvariantCulture, $"max_age: {(long)policy.MaxAge.TotalSeconds}"),
    ];
}
