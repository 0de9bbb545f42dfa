using System.Collections.Immutable;
using MailOps.Server.Connections;
using MailOps.Server.Queue.Routing;

namespace MailOps.Server.Queue;

/// <summary>Whether and how mail goes to other servers. Who has logged in to a submission endpoint may send there, and who is named.</summary>
public sealed record OutboundOptions
{
    /// <summary>The least that <see cref="Lifetime"/> may be, in seconds.</summary>
    public const int LeastLifetimeSeconds = 60;

    /// <summary>The most that <see cref="Lifetime"/> and <see cref="WarnAfter"/> may be, in days.</summary>
    public const int MostDays = 30;

    /// <summary>The least that <see cref="FirstRetry"/> and <see cref="LongestRetry"/> may be, in seconds.</summary>
    public const int LeastRetrySeconds = 1;

    /// <summary>The most that <see cref="FirstRetry"/> and <see cref="LongestRetry"/> may be, in days.</summary>
    public const int MostRetryDays = 1;

    /// <summary>The most that <see cref="MaxFutureRelease"/> may be, in days.</summary>
    public const int MostHeldDays = 366;

    /// <summary>The most that <see cref="MaxHeldMessages"/> may be.</summary>
    public const int MostHeldMessages = 1_000_000;

    /// <summary>True if mail for other domains is taken and sent on; without it such a recipient is refused.</summary>
    public bool Enabled { get; init; }

    /// <summary>Clients that may send to other servers without a login, on the endpoints between servers: other machines of the same owner. Nobody by default.</summary>
    public TrustedNetworks RelayFrom { get; init; } = TrustedNetworks.None;

    /// <summary>Where all mail goes that has no route of its own. Null: to the exchangers of each domain.</summary>
    public RouteTarget? SmartHost { get; init; }

    /// <summary>Where mail for some domains goes, by domain; a name that begins with a dot is for all domains below it.</summary>
    public ImmutableSortedDictionary<string, RouteTarget> Routes { get; init; } = ImmutableSortedDictionary.Create<string, RouteTarget>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Where the mail of some senders goes, by address or domain, unless <see cref="Routes"/> has its recipient's domain: each through the
    /// provider that knows it. It holds for messages that come from then on.
    /// </summary>
    public ImmutableSortedDictionary<string, RouteTarget> SenderRoutes { get; init; } = ImmutableSortedDictionary.Create<string, RouteTarget>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The port of hosts that are found by MX, 1 to 65535.</summary>
    public int Port { get; init; } = 25;

    /// <summary>The name server that is asked, as an address or a host name. Null: those of the system.</summary>
    public string? NameServer { get; init; }

    /// <summary>The name server's port, 1 to 65535.</summary>
    public int NameServerPort { get; init; } = 53;

    /// <summary>How long a message is tried before it goes back to its sender (RFC 5321 section 4.5.4.1: four to five days at least).</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>After how long a sender is warned that a message still waits. Zero: never.</summary>
    public TimeSpan WarnAfter { get; init; } = TimeSpan.FromHours(4);

    /// <summary>For how long who has logged in may have a message held before it leaves (RFC 4865); it is tried for <see cref="Lifetime"/> from then on. Zero: not at all.</summary>
    public TimeSpan MaxFutureRelease { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How many messages of an account may wait for their release (RFC 4865 section 6). Zero: any number.</summary>
    public int MaxHeldMessages { get; init; } = 1000;

    /// <summary>The first interval between two tries; the next are as long as the message is old.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest interval between two tries, and the longest for which a destination that cannot be reached is left alone.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many connections to one destination are open at the most, unless <see cref="DestinationLimits"/> has a number.</summary>
    public int MaxConnectionsPerDestination { get; init; } = 20;

    /// <summary>
    /// How fast mail goes to destinations, by pattern: a domain or the host of a route, a dot and a domain for all below it, or <c>*</c> for all.
    /// The nearest pattern counts, and <c>*</c> where that says nothing.
    /// </summary>
    public ImmutableSortedDictionary<string, DestinationLimits> DestinationLimits { get; init; } = ImmutableSortedDictionary.Create<string, DestinationLimits>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What becomes of the sender of mail that aliases lead to other servers, where it is no address of ours.</summary>
    public SenderRewriting SenderRewriting { get; init; } = SenderRewriting.Srs;

    /// <summary>The domain of senders that are rewritten, one that is served here. Null: that of the alias.</summary>
    public string? SrsDomain { get; init; }

    /// <summary>Whether and in whose name reports about TLS go to other domains. None by default.</summary>
    public TlsReportOptions TlsReports { get; init; } = new();

    /// <summary>Equal if all values are.</summary>
    public bool Equals(OutboundOptions? other) => other is not null
        && (Enabled, SmartHost, Port, NameServer, NameServerPort, Lifetime, WarnAfter) == (other.Enabled, other.SmartHost, other.Port, other.NameServer, other.NameServerPort, other.Lifetime, other.WarnAfter)
        && (MaxFutureRelease, MaxHeldMessages, FirstRetry, LongestRetry, MaxConnectionsPerDestination) == (other.MaxFutureRelease, other.MaxHeldMessages, other.FirstRetry, other.LongestRetry, other.MaxConnectionsPerDestination)
        && (SenderRewriting, SrsDomain) == (other.SenderRewriting, other.SrsDomain) && TlsReports.Equals(other.TlsReports)
        && RelayFrom.Equals(other.RelayFrom) && Routes.SequenceEqual(other.Routes) && DestinationLimits.SequenceEqual(other.DestinationLimits) && SenderRoutes.SequenceEqual(other.SenderRoutes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Enabled, SmartHost, Routes.Count, Lifetime);
}
