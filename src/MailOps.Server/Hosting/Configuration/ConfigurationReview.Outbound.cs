using MailOps.Server.Connections;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Hosting.Configuration;

/// <content>Mail for other servers.</content>
public sealed partial class ConfigurationReview
{
    private static readonly TimeSpan LeastLifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestHeld = TimeSpan.FromDays(92);

    private IEnumerable<ConfigurationFinding> Outbound()
    {
        var outbound = options.Outbound;
        if (!outbound.Enabled)
            return One("Outbound", null);
        if (options.Capture)
            return One("Outbound", Warning("A capturing server sends nothing, although Outbound is on. Turn one of them off."));
        var wide = Wide(outbound.RelayFrom);
        if (wide.Count > 0)
            return One("Outbound", OfWidth(wide, $"{Named(wide, "may", "may")} send to the whole world through this server, as anybody and without a login: it will be found and used for spam. Name the machines alone in Outbound.RelayFrom that send mail and cannot log in.", "RFC 2505 section 2.1"));
        if (outbound.RelayFrom.Networks.Count == 0 && !options.Endpoints.Any(endpoint => endpoint.Protocol is MailProtocol.Submission))
            return One("Outbound", Warning("Only who has logged in to a submission endpoint may send to other servers, and there is none. Add a listener for Submission."));
        if (options.SenderCheck is SenderCheck.None)
            return One("Outbound", Danger("Whoever has logged in may send to the whole world as anybody. Set SenderCheck to Envelope.", "RFC 6409 section 6.1"));
        if (options.Rates.AccountMessagesPerDay == 0 || options.Rates.AccountRecipientsPerDay == 0)
            return One("Outbound", Warning("An account whose password was stolen may send to other servers without end, and they will refuse this one for it. Leave Rates.AccountMessagesPerDay and Rates.AccountRecipientsPerDay at their defaults."));
        return One("Outbound", outbound.Lifetime >= LeastLifetime ? null
            : Warning($"Mail comes back after {outbound.Lifetime}: a server that is down for a weekend loses it. Set Outbound.Lifetime to five days.", "RFC 5321 section 4.5.4.1"));
    }

    // By route, mail of a domain goes to another destination, and the limits of the domain are never looked at.
    private IEnumerable<ConfigurationFinding> DestinationLimits()
    {
        var outbound = options.Outbound;
        if (!outbound.Enabled)
            return One("DestinationLimits", null);
        var routes = new RouteTable(outbound.Routes, outbound.SmartHost);
        var hosts = outbound.Routes.Values.Concat(outbound.SenderRoutes.Values).Append(outbound.SmartHost).OfType<RouteTarget>().Select(target => target.Host).ToList();
        var idle = outbound.DestinationLimits.Keys
            .Where(pattern => pattern != Queue.DestinationLimits.Everywhere && routes.TargetOf(pattern[0] == '.' ? "any" + pattern : pattern) is var target && !Fits(pattern, target.Host) && !hosts.Exists(host => Fits(pattern, host)))
            .ToList();
        return One("DestinationLimits", idle.Count == 0 ? null
            : Warning($"The limits of {Some(idle)} in Outbound.DestinationLimits are never kept: by Outbound.Routes or Outbound.SmartHost that mail goes to another destination. Give the limits to the host that the route names."));

        static bool Fits(string pattern, string host) =>
            pattern[0] == '.' ? host.EndsWith(pattern, StringComparison.OrdinalIgnoreCase) : host.Equals(pattern, StringComparison.OrdinalIgnoreCase);
    }

    private IEnumerable<ConfigurationFinding> FutureRelease()
    {
        var outbound = options.Outbound;
        if (options.Capture || !outbound.Enabled || outbound.MaxFutureRelease == TimeSpan.Zero)
            return One("FutureRelease", null);
        if (outbound.MaxHeldMessages == 0)
            return One("FutureRelease", Warning("An account may have messages held for later without end, and fill the disk with them. Leave Outbound.MaxHeldMessages at its default, or hold nothing with an Outbound.MaxFutureRelease of 0.", "RFC 4865 section 6"));
        return One("FutureRelease", outbound.MaxFutureRelease <= LongestHeld ? null
            : Warning(FormattableString.Invariant($"A message may be held for {outbound.MaxFutureRelease.TotalDays:0} days: what somebody sent with a stolen password leaves long after that was changed. Set Outbound.MaxFutureRelease to 30 days, or to what is needed."), "RFC 4865 section 6"));
    }
}
