using System.Collections.Immutable;
using MailOps.Dns;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Routing;

/// <summary>The hosts that a target's mail is taken to, in the order in which they are tried, or why there are none.</summary>
/// <param name="Target">The target.</param>
/// <param name="Hosts">The hosts; empty where <paramref name="Refusal"/> says why.</param>
/// <param name="Refusal">What is wrong, in the form of a reply: 5xx for good, 4xx for now. Null where there are hosts.</param>
internal sealed record Route(RouteTarget Target, ImmutableArray<RouteHost> Hosts, SmtpReply? Refusal)
{
    public Route(RouteTarget target, params ImmutableArray<RouteHost> hosts)
        : this(target, hosts, null)
    {
    }

    public Route(RouteTarget target, SmtpReply refusal)
        : this(target, [], refusal)
    {
    }

    /// <summary>The answer that the hosts are from, or null if an administrator named them.</summary>
    public DnsAnswer<MxRecord>? Exchangers { get; init; }
}
