using System.Diagnostics.CodeAnalysis;
using System.Net;
using MailOps.Dns;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Routing;

/// <summary>Whose queue a recipient waits in before any route is looked at.</summary>
internal static class NextHops
{
    private const string Ipv6Tag = "IPv6:";

    /// <summary>The domain of an address with A-labels and in small letters, or its address literal as it stands.</summary>
    public static string Of(string address)
    {
        var domain = address[(address.LastIndexOf('@') + 1)..];
        return InternationalText.TryToAscii(domain, out var ascii) ? ascii.ToLowerInvariant() : domain.ToLowerInvariant();
    }

    /// <summary>As <see cref="Of"/>, of a path whose domain must be the name of a host or an address literal (RFC 5321 section 4.1.3).</summary>
    /// <param name="recipient">The forward-path.</param>
    /// <param name="nextHop">Whose queue it waits in.</param>
    /// <param name="error">What is wrong with the domain otherwise, as a sentence.</param>
    public static bool TryFor(SmtpPath recipient, [NotNullWhen(true)] out string? nextHop, [NotNullWhen(false)] out string? error)
    {
        var domain = recipient.Domain;
        if (domain is ['[', .. var literal, ']'])
        {
            var address = literal.StartsWith(Ipv6Tag, StringComparison.OrdinalIgnoreCase) ? literal[Ipv6Tag.Length..] : literal;
            error = IPAddress.TryParse(address, out _) ? null : $"'{domain}' is no address literal that mail can be sent to: it is an address of IPv4, or IPv6: and one of IPv6, in brackets.";
            nextHop = error is null ? Of($"@{domain}") : null;
            return error is null;
        }

        nextHop = DnsName.TryParse(domain, out _, out error) ? Of($"@{domain}") : null;
        return nextHop is not null;
    }
}
