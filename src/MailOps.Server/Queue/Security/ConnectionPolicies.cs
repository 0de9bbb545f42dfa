using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Server.Queue.Routing;
using MailOps.Trust.Dane;
using MailOps.Trust.MtaSts;

namespace MailOps.Server.Queue.Security;

/// <summary>Finds out what the domain that mail goes to, and each of its hosts, ask of connections: MTA-STS and DANE.</summary>
/// <param name="resolver">Who is asked for TLSA records.</param>
/// <param name="sts">Who knows the domains' policies.</param>
/// <param name="roots">The authorities that certificates must come from; null for those of the system.</param>
internal sealed class ConnectionPolicies(MailResolver resolver, MtaStsEvaluator sts, X509Certificate2Collection? roots = null)
{
    private readonly DaneLookup _dane = new(resolver);

    /// <summary>
    /// What MTA-STS asks for a target: of a domain whose exchangers are asked for, or of a host that takes mail for all
    /// (RFC 8461 section 3.4). Null for what is no name of the DNS, and for LMTP, which is not between domains.
    /// </summary>
    public async Task<MtaStsApplied?> MtaStsAsync(RouteTarget target, CancellationToken cancel) =>
        HasPolicies(target) && DnsName.TryParse(target.Host, out var domain, out _) ? await sts.ForDomainAsync(domain, cancel) : null;

    /// <summary>What is asked of connections to a host.</summary>
    /// <param name="route">The route that the host is of.</param>
    /// <param name="host">The host.</param>
    /// <param name="applied">What MTA-STS asks for the target.</param>
    /// <param name="demand">What the sender asks. Where that is TLS-Required: No, what is published is not looked at.</param>
    /// <param name="needsTrust">True if a password is to be sent there.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<HostPolicy> ForHostAsync(Route route, RouteHost host, MtaStsApplied? applied, SecurityDemand demand, bool needsTrust, CancellationToken cancel)
    {
        var looks = demand is not SecurityDemand.Optional && HasPolicies(route.Target);
        return new HostPolicy
        {
            Host = host.Name,
            Dane = looks ? await DaneAsync(route, host, cancel) : null,
            MtaSts = looks ? applied : null,
            IsNamedSafely = host.Record is not { Kind: MxKind.Explicit } || route.Exchangers is { Authenticated: true },
            Demand = demand,
            NeedsTrust = needsTrust,
            Roots = roots,
        };
    }

    private async Task<DanePolicy?> DaneAsync(Route route, RouteHost host, CancellationToken cancel)
    {
        if (host.Record is { } record && route.Exchangers is { } exchangers)
            return await _dane.ForExchangerAsync(exchangers, record, host.Port, cancel);
        return DnsName.TryParse(host.Name, out var name, out _) ? await _dane.ForHostAsync(name, host.Port, cancel) : null;
    }

    private static bool HasPolicies(RouteTarget target) => target is { IsLmtp: false, Address: null };
}
