using System.Collections.Immutable;

namespace MailOps.Server.Queue.Routing;

/// <summary>Where mail for each domain goes if not to the domain's own exchangers.</summary>
internal sealed class RouteTable
{
    private readonly ImmutableDictionary<string, RouteTarget> _routes;
    private readonly ImmutableDictionary<string, RouteTarget> _senders;
    private readonly RouteTarget? _smartHost;

    /// <summary>A table.</summary>
    /// <param name="routes">Targets by domain; a key that begins with a dot is for all domains below that one. A-labels, any case.</param>
    /// <param name="smartHost">Where everything else goes, or null for the exchangers of each domain.</param>
    /// <param name="senders">Targets by sender, for domains without a route: an address, or a domain. Null: none.</param>
    public RouteTable(IEnumerable<KeyValuePair<string, RouteTarget>> routes, RouteTarget? smartHost, IEnumerable<KeyValuePair<string, RouteTarget>>? senders = null)
    {
        _senders = (senders ?? []).ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);
        _routes = routes.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);
        _smartHost = smartHost;
    }

    /// <summary>Every domain to its own exchangers.</summary>
    public static RouteTable Empty { get; } = new([], null);

    /// <summary>The target of mail for a next hop: a route for the domain, or for the nearest one above it, or the smart host, or the domain itself.</summary>
    public RouteTarget TargetOf(string nextHop) => RouteOf(nextHop) ?? _smartHost ?? RouteTarget.Of(nextHop);

    /// <summary>The target that a sender's mail to a next hop goes by, or null if that is for <see cref="TargetOf"/> to say.</summary>
    /// <param name="sender">The reverse-path without brackets.</param>
    /// <param name="nextHop">The next hop.</param>
    public RouteTarget? SenderRouteOf(string sender, string nextHop) =>
        _senders.IsEmpty || sender.Length == 0 || RouteOf(nextHop) is not null ? null
        : _senders.TryGetValue(sender, out var own) ? own : _senders.GetValueOrDefault(NextHops.Of(sender));

    /// <summary>The route that a domain, or the nearest one above it, has of its own; null if there is none.</summary>
    public RouteTarget? RouteOf(string nextHop)
    {
        if (_routes.TryGetValue(nextHop, out var route))
            return route;
        for (var dot = nextHop.IndexOf('.', StringComparison.Ordinal); dot >= 0 && nextHop[0] != '['; dot = nextHop.IndexOf('.', dot + 1))
        {
            if (_routes.TryGetValue(nextHop[dot..], out route))
                return route;
        }

        return null;
    }
}
