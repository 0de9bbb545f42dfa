using System.Net;
using MailOps.Dns;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Smtp;
using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>A try to come to TLS with a host of a domain.</summary>
/// <param name="Domain">The domain that mail goes to, or the host that takes mail for others (RFC 8460 section 1.1): whom a report is for.</param>
/// <param name="Policy">By what it was judged.</param>
/// <param name="Fault">What went wrong; null if TLS was as the policy asks.</param>
/// <param name="Detail">With whom, if something went wrong.</param>
internal sealed record TlsSession(string Domain, TlsPolicy Policy, TlsFault? Fault, TlsSessionDetail Detail)
{
    /// <summary>
    /// What is to be counted of a try: nothing where TLS was not looked for, where the sender said that it does not matter (so reports are not
    /// in the next report, RFC 8460 section 3), and where there is no domain.
    /// </summary>
    /// <param name="target">Where mail goes.</param>
    /// <param name="policy">What is asked of connections to the host.</param>
    /// <param name="security">What came of it.</param>
    /// <param name="dialogue">The connection, or null if none was made.</param>
    public static TlsSession? Of(RouteTarget target, HostPolicy policy, ConnectionSecurity security, SmtpDialogue? dialogue)
    {
        var isSeen = security is { Tls: not null } or { Fault: not null };
        if (!isSeen || target is { IsLmtp: true } or { Address: not null } || policy.Demand is SecurityDemand.Optional || !DnsName.TryParse(target.Host, out var domain, out _))
            return null;

        var published = policy.PublishedFault;
        var reason = security.Fault is not null ? security.Problem : published is null ? null : policy.DaneDecides ? policy.Dane!.Reason : policy.MtaSts!.Reason;
        var detail = new TlsSessionDetail(policy.Host, Text(dialogue?.Local), Text(dialogue?.Remote), dialogue?.Capabilities.ServerName, reason);
        return new TlsSession(domain.Ascii, TlsPolicy.Of(domain.Ascii, policy), security.Fault ?? published, detail);
    }

    private static string? Text(IPEndPoint? end) =>
        end is null ? null : (end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : new IPAddress(end.Address.GetAddressBytes())).ToString();
}
