using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Server.Accounts;
using MailOps.Server.Queue;

namespace MailOps.Server.Hosting;

/// <summary>Whether a server can be started with its options, as far as the options themselves tell.</summary>
internal static class OptionsCheck
{
    private const int MostShown = 100;

    private static readonly string Range = $"a time from {MailServerOptions.LeastSeconds} second to {MailServerOptions.MostDays} days";

    /// <summary>Everything that is wrong; each says what to do.</summary>
    public static IEnumerable<OptionProblem> Problems(MailServerOptions options) =>
    [
        .. Names(options), .. Endpoints(options), .. Logins(options.Authentication.Limits), .. Times(options), .. Outbound(options.Outbound), .. Forwarding(options), .. TlsReports(options.Outbound.TlsReports), .. RoleCheck.Problems(options),
    ];

    /// <summary>Throws where something is wrong.</summary>
    /// <exception cref="MailServerException">All that is.</exception>
    public static void Require(MailServerOptions options)
    {
        var messages = Problems(options).Select(problem => problem.Message).ToList();
        if (messages.Count > 0)
            throw new MailServerException(MailServerFault.InvalidOptions, string.Join(' ', messages));
    }

    private static IEnumerable<OptionProblem> Names(MailServerOptions options)
    {
        // Machines have underscores in their names at times, domains never.
        if (!AccountName.TryDomain(options.HostName.Replace('_', '0'), out _))
            yield return new OptionProblem("HostName", $"'{Shown(options.HostName)}' is not the name of a host. Write it as in mail.example.com.");
        else if (options.Domains.Count == 0 && !AccountName.TryDomain(options.HostName, out _))
            yield return new OptionProblem("HostName", $"'{options.HostName}' is not the name of a domain, and there is no other whose mail is taken. Name one in Domains, as in example.com.");

        foreach (var domain in options.Domains.Where(text => !AccountName.TryDomain(text, out _)))
            yield return new OptionProblem("Domains", ServedDomains.NoDomain(Shown(domain)));
        if (options.Postmaster is { } postmaster && !AccountDirectory.TryPostmaster(postmaster, "localhost", out _))
            yield return new OptionProblem("Postmaster", AccountDirectory.NoPostmaster(Shown(postmaster)));
    }

    private static IEnumerable<OptionProblem> Endpoints(MailServerOptions options)
    {
        var endpoints = options.Endpoints;
        if (endpoints.Count == 0)
            yield return new OptionProblem("Listeners", "The server has no endpoint to listen on. Name at least one port.");

        for (var i = 0; i < endpoints.Count; i++)
        {
            var (one, others) = (endpoints[i], endpoints.Take(i));
            if (one.Path is { } path && others.Any(other => other.Path == path))
                yield return new OptionProblem("Listeners", $"Two listeners have the socket '{path}'. Name each path once.");
            else if (one.Path is null && others.FirstOrDefault(other => other.Path is null && !AreBothOfAll(one.Address, other.Address) && Meet(Place(one), Place(other))) is { } other)
                yield return new OptionProblem("Listeners", Conflict("Two listeners have", Place(other), Place(one)));
            else if (others.Contains(one))
                yield return new OptionProblem("Listeners", $"Two listeners are the same, {one.Protocol} at {one.Address} on any port that is free. Name it once.");
        }

        if (options.MetricsEndpoint is { } metrics && endpoints.FirstOrDefault(endpoint => endpoint.Path is null && Meet(Place(endpoint), metrics)) is { } taken)
            yield return new OptionProblem("Metrics", Conflict($"The metrics and a listener for {taken.Protocol} have", Place(taken), metrics));
    }

    private static IPEndPoint Place(MailEndpoint endpoint) => new(endpoint.Address, endpoint.Port);

    private static string Conflict(string who, IPEndPoint one, IPEndPoint other) =>
        one.Equals(other) ? $"{who} {one}. Give each a port of its own."
        : IsAllOf(one.Address, other.Address) ? $"{who} {one} and {other}, and the first is every address{(one.AddressFamily is AddressFamily.InterNetworkV6 ? ", of IPv4 too" : " of IPv4")}. Name it alone, or give each a port of its own."
        : Conflict(who, other, one);

    private static bool Meet(IPEndPoint one, IPEndPoint other) =>
        one.Port == other.Port && one.Port > 0 && (one.Address.Equals(other.Address) || IsAllOf(one.Address, other.Address) || IsAllOf(other.Address, one.Address));

    // Together they are every address, and each has its own clients.
    private static bool AreBothOfAll(IPAddress one, IPAddress other) =>
        one.AddressFamily != other.AddressFamily && (one.Equals(IPAddress.Any) || one.Equals(IPAddress.IPv6Any)) && (other.Equals(IPAddress.Any) || other.Equals(IPAddress.IPv6Any));

    private static bool IsAllOf(IPAddress all, IPAddress one) =>
        all.Equals(IPAddress.IPv6Any) || (all.Equals(IPAddress.Any) && one.AddressFamily == all.AddressFamily);

    private static IEnumerable<OptionProblem> Logins(LoginLimits limits)
    {
        const string Table = "Authentication.Limits.";
        if (limits.FailuresPerAddress < 0 || limits.FailuresPerAccount < 0)
            yield return new OptionProblem(Table + (limits.FailuresPerAddress < 0 ? "FailuresPerAddress" : "FailuresPerAccount"), "The failed logins that lock an address or an account cannot be less than none. Give 0 to lock nobody.");
        if (limits.Window <= TimeSpan.Zero)
            yield return new OptionProblem(Table + "Window", "Failed logins are counted over a time above zero. Give 0 failures to lock nobody.");
        if (!IsInRange(limits.LockTime))
            yield return new OptionProblem(Table + "LockTime", $"Addresses and accounts are locked for {limits.LockTime}, and that is not {Range}. Give 0 failures to lock nobody.");
        if (limits.MostRemembered < 1)
            yield return new OptionProblem(Table + "MostRemembered", "At least one address and one account must be remembered to count failed logins.");
    }

    private static IEnumerable<OptionProblem> Times(MailServerOptions options)
    {
        if (!IsInRange(options.TransactionTimeout))
            yield return new OptionProblem("TransactionTimeout", $"A client may take {options.TransactionTimeout} from one message to the next, and that is not {Range}. An hour is enough.");
        if (options.GreetingDelay < TimeSpan.Zero || options.GreetingDelay > MailServer.MostGreetingDelay)
            yield return new OptionProblem("GreetingDelay", $"The delay of the greeting ({options.GreetingDelay}) is not between nothing and {MailServer.MostGreetingDelay}: senders give up on servers that do not greet. A few seconds are enough.");
    }

    private static IEnumerable<OptionProblem> Outbound(OutboundOptions outbound)
    {
        if (outbound.LongestRetry < outbound.FirstRetry)
            yield return new OptionProblem("Outbound.LongestRetry", $"The longest time between two tries ({outbound.LongestRetry}) is shorter than the first ({outbound.FirstRetry}). Give it as much or more.");
        if (outbound.Lifetime < TimeSpan.FromSeconds(OutboundOptions.LeastLifetimeSeconds) || outbound.Lifetime > TimeSpan.FromDays(OutboundOptions.MostDays))
            yield return new OptionProblem("Outbound.Lifetime", $"Mail is tried for {outbound.Lifetime}, and that is not a time from {OutboundOptions.LeastLifetimeSeconds} seconds to {OutboundOptions.MostDays} days. Five days are usual.");
        if (outbound.WarnAfter < TimeSpan.Zero || outbound.WarnAfter > TimeSpan.FromDays(OutboundOptions.MostDays))
            yield return new OptionProblem("Outbound.WarnAfter", $"Senders are warned after {outbound.WarnAfter}, and that is not a time from nothing to {OutboundOptions.MostDays} days. Give nothing to warn nobody.");
        if (outbound.MaxFutureRelease < TimeSpan.Zero || outbound.MaxFutureRelease > TimeSpan.FromDays(OutboundOptions.MostHeldDays))
            yield return new OptionProblem("Outbound.MaxFutureRelease", $"Mail may be held for {outbound.MaxFutureRelease}, and that is not a time from nothing to {OutboundOptions.MostHeldDays} days. Give nothing to hold none.");
        if (outbound.MaxHeldMessages is < 0 or > OutboundOptions.MostHeldMessages)
            yield return new OptionProblem("Outbound.MaxHeldMessages", $"An account may have {outbound.MaxHeldMessages} messages held, and that is not a number from 0 to {OutboundOptions.MostHeldMessages}. Give 0 for any number.");
        foreach (var (name, time) in new[] { ("Outbound.FirstRetry", outbound.FirstRetry), ("Outbound.LongestRetry", outbound.LongestRetry) })
        {
            if (time < TimeSpan.FromSeconds(OutboundOptions.LeastRetrySeconds) || time > TimeSpan.FromDays(OutboundOptions.MostRetryDays))
                yield return new OptionProblem(name, $"Between two tries are {time}, and that is not a time from {OutboundOptions.LeastRetrySeconds} second to {OutboundOptions.MostRetryDays} day. Some minutes are usual.");
        }

        if (outbound.MaxConnectionsPerDestination < 1)
            yield return new OptionProblem("Outbound.MaxConnectionsPerDestination", "A destination has one connection at least, or nothing is sent.");
        foreach (var (pattern, limits) in outbound.DestinationLimits)
        {
            if (limits.MaxConnections is < 1 or > DestinationLimits.MostConnections || limits.MaxMessagesPerConnection is < 1 or > DestinationLimits.MostMessages || limits.MaxMessagesPerMinute is < 1 or > DestinationLimits.MostMessages)
                yield return new OptionProblem("Outbound.DestinationLimits", $"A limit of {pattern} is out of range: connections are 1 to {DestinationLimits.MostConnections}, messages 1 to {DestinationLimits.MostMessages}.");
        }
    }

    private static IEnumerable<OptionProblem> Forwarding(MailServerOptions options)
    {
        const string Setting = "Outbound.SrsDomain";
        if (options.Outbound.SrsDomain is not { } given)
            yield break;
        IReadOnlyList<string> served = options.Domains.Count > 0 ? options.Domains : [options.HostName];
        if (options.Outbound.SenderRewriting is SenderRewriting.None)
            yield return new OptionProblem(Setting, "A domain is given for senders that are rewritten, and Outbound.SenderRewriting has none rewritten. Leave out one of the two.");
        else if (!AccountName.TryDomain(given, out var domain))
            yield return new OptionProblem(Setting, $"'{Shown(given)}' is no domain that senders could be rewritten to. Write it as in example.com.");
        else if (!served.Any(one => AccountName.TryDomain(one, out var ours) && ours == domain))
            yield return new OptionProblem(Setting, $"Senders would be rewritten to {domain}, whose mail this server does not take: no report could come back. Name it in Domains too, or another that is.");
    }

    private static IEnumerable<OptionProblem> TlsReports(TlsReportOptions reports)
    {
        if (reports.Contact is null && reports.Organization is not null)
            yield return new OptionProblem("Outbound.TlsReports.Organization", "Reports about TLS would be sent in the name of an organization, and without a contact none are. Give Outbound.TlsReports.Contact as well.");
        if (reports.Contact is { } contact && !(Ascii.IsValid(contact) && AccountName.TryParse(contact, null, out _)))
            yield return new OptionProblem("Outbound.TlsReports.Contact", $"'{contact}' is no address in ASCII from which reports about TLS could come. Write it as in tls-reports@example.com.");
    }

    private static bool IsInRange(TimeSpan time) => time >= TimeSpan.FromSeconds(MailServerOptions.LeastSeconds) && time <= TimeSpan.FromDays(MailServerOptions.MostDays);

    private static string Shown(string text) => string.Concat(text.Take(MostShown).Select(c => char.IsControl(c) ? '?' : c));
}
