using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.TlsReports;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>How mail is taken to other servers.</summary>
internal sealed record TransportOptions
{
    /// <summary>The name that the server calls itself in EHLO.</summary>
    public required string HostName { get; init; }

    /// <summary>The folder for large messages that are converted for a server, as they are sent.</summary>
    public required string Scratch { get; init; }

    /// <summary>Where times come from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long each step may take (RFC 5321 section 4.5.3.2).</summary>
    public SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Standard;

    /// <summary>Whether TLS is used where it is offered: without it mail can be read by anyone on its way (RFC 7435).</summary>
    public bool UsesTls { get; init; } = true;

    /// <summary>How many hosts of a target are tried before it is called unreachable for now.</summary>
    public int MostHosts { get; init; } = 5;

    /// <summary>The logins of this server at others. Null: it has none.</summary>
    public RelayLogins? Logins { get; init; }

    /// <summary>Who knows what is asked of connections to each host. Null: nothing is asked.</summary>
    public ConnectionPolicies? Policies { get; init; }

    /// <summary>Who is told of each try to come to TLS with a host that has a domain; from any thread. Null: nobody.</summary>
    public Action<TlsSession>? TlsSeen { get; init; }
}
