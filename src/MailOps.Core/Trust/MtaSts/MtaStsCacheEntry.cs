using MailOps.Dns;

namespace MailOps.Trust.MtaSts;

/// <summary>A policy that was fetched, as it is kept.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Id">The id of the TXT record with which it was fetched.</param>
/// <param name="Fetched">When it was fetched.</param>
/// <param name="Policy">The policy.</param>
public sealed record MtaStsCacheEntry(DnsName Domain, string Id, DateTimeOffset Fetched, MtaStsPolicy Policy)
{
    /// <summary>When it ceases to hold (RFC 8461 section 3.2, max_age).</summary>
    public DateTimeOffset Expires => Fetched + Policy.MaxAge;

    /// <summary>Whether it holds at a time.</summary>
    /// <param name="at">The time.</param>
    public bool Holds(DateTimeOffset at) => at < Expires;

    /// <summary>
    /// Whether it should be fetched again although its id is still the same, so that an attacker who keeps a sender from
    /// refreshing has to do so for long (RFC 8461 sections 3.3 and 10.2): a day after it was fetched, or at half its time.
    /// </summary>
    /// <param name="at">The time. One before the policy was fetched says that a clock was wrong.</param>
    public bool IsDue(DateTimeOffset at) =>
        at < Fetched || at - Fetched >= (Policy.MaxAge / 2 < TimeSpan.FromDays(1) ? Policy.MaxAge / 2 : TimeSpan.FromDays(1));
}
