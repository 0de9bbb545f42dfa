using System.Collections.Immutable;
using System.Net;
using MailOps.Dns;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Routing;

/// <summary>Finds the hosts that take a target's mail (RFC 5321 section 5.1). Every outcome is a value.</summary>
/// <param name="resolver">Who is asked.</param>
/// <param name="port">The port of hosts that are found by MX.</param>
/// <param name="isOurselves">Whether a name, or an address with its port, is this server: mail for it would come back.</param>
internal sealed class MailRouter(MailResolver resolver, int port, Func<string, IReadOnlyList<IPAddress>, int, bool> isOurselves)
{
    private const int LmtpPort = 24;

    /// <summary>Finds them.</summary>
    public async Task<Route> FindAsync(RouteTarget target, CancellationToken cancel)
    {
        if (target.IsSocket)
            return new Route(target, new RouteHost(target.Host, 0, 0, []));
        if (target.Address is { } address)
            return WithoutOurselves(target, [new RouteHost(target.Host, PortOf(target), 0, [address])], othersExist: false);
        if (!DnsName.TryParse(target.Host, out var name, out var error))
            return new Route(target, new SmtpReply(550, new EnhancedStatusCode(5, 1, 2), error));
        return target.UsesMx ? await ByMxAsync(target, name, cancel) : await ByNameAsync(target, name, cancel);
    }

    private async Task<Route> ByMxAsync(RouteTarget target, DnsName domain, CancellationToken cancel)
    {
        var found = await resolver.MxAsync(domain, withAddresses: true, cancel);
        if (found.Status is not DnsStatus.Answered)
            return new Route(target, Refusal(found.Status, found.Detail));
        // Beside others, where it must not be (section 3), it is a mistake, and the others are meant.
        if (found.Records.All(record => record.Kind is MxKind.Null))
            return new Route(target, new SmtpReply(556, new EnhancedStatusCode(5, 1, 10), $"{domain.Ascii} takes no mail: it has a null MX (RFC 7505)"));

        // Equal preferences in random order (RFC 5321 section 5.1).
        var hosts = found.Records.Where(record => record.Kind is not MxKind.Null).Select(record => new RouteHost(record.Exchange, PortOf(target), record.Preference, record.Addresses ?? []) { Problem = record.AddressError, Record = record })
            .OrderBy(host => host.Preference).ThenBy(_ => Random.Shared.Next()).ToImmutableArray();
        return WithoutOurselves(target, hosts, othersExist: true) with { Exchangers = found };
    }

    private async Task<Route> ByNameAsync(RouteTarget target, DnsName name, CancellationToken cancel)
    {
        var found = await resolver.AddressesAsync(name, cancel);
        return found.Status is DnsStatus.Answered
            ? WithoutOurselves(target, [new RouteHost(name.Ascii, PortOf(target), 0, [.. found.Records.Select(record => record.Address)])], othersExist: false)
            // A host that the administrator wrote down is looked for again: who wrote it may still be at it.
            : new Route(target, new SmtpReply(451, new EnhancedStatusCode(4, 4, 3), found.Detail));
    }

    /// <summary>Of exchangers, we and all that are not nearer than we are left out: what they had they would hand to us (RFC 5321 section 5.1).</summary>
    private Route WithoutOurselves(RouteTarget target, ImmutableArray<RouteHost> hosts, bool othersExist)
    {
        var we = hosts.FirstOrDefault(host => isOurselves(host.Name, host.Addresses, host.Port));
        if (we is not null)
        {
            hosts = [.. hosts.Where(host => host.Preference < we.Preference)];
            if (hosts.IsEmpty)
            {
                return new Route(target, new SmtpReply(554, new EnhancedStatusCode(5, 4, 6), othersExist
                    ? $"Mail for {target} loops back to this server: {we.Name} is its nearest exchanger, and the domain is not served here"
                    : $"Mail for {target} loops back to this server"));
            }
        }

        if (hosts.Any(host => host.Addresses.Count > 0))
            return new Route(target, hosts);
        var problem = string.Join(' ', hosts.Select(host => host.Problem ?? $"{host.Name} has no address."));
        return new Route(target, new SmtpReply(451, new EnhancedStatusCode(4, 4, 4), problem));
    }

    private int PortOf(RouteTarget target) => target.Port ?? (target.IsLmtp ? LmtpPort : port);

    private static SmtpReply Refusal(DnsStatus status, string detail) => status switch
    {
        DnsStatus.NameNotFound => new SmtpReply(550, new EnhancedStatusCode(5, 1, 2), detail),
        DnsStatus.NoData => new SmtpReply(550, new EnhancedStatusCode(5, 4, 4), detail),
        _ => new SmtpReply(451, new EnhancedStatusCode(4, 4, 3), detail),
    };
}
