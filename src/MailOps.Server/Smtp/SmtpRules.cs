using MailOps.Server.Connections;

namespace MailOps.Server.Smtp;

/// <summary>The rules of one role: who may come, how, and with how much. Who may send to other servers is no rule of a role: with <see cref="Queue.OutboundOptions"/> who has logged in on submission, and nobody else.</summary>
public sealed record SmtpRules
{
    /// <summary>Between servers: everybody comes, and nobody logs in.</summary>
    public static SmtpRules ForServers { get; } = new();

    /// <summary>Submission: nothing without a login.</summary>
    public static SmtpRules ForUsers { get; } = new() { Login = LoginRule.Required };

    /// <summary>LMTP: from this machine alone, and nobody logs in.</summary>
    public static SmtpRules ForDelivery { get; } = new() { Clients = TrustedNetworks.Loopback };

    /// <summary>Whether clients log in. A capturing server offers it in every role but LMTP, and requires it in none.</summary>
    public LoginRule Login { get; init; }

    /// <summary>True if nothing is taken without TLS, except over a Unix socket. Servers that the world sends to may not ask for it (RFC 3207 section 4).</summary>
    public bool RequireTls { get; init; }

    /// <summary>
    /// True if a CR or LF that stands alone in a message is made CRLF, and CR CR LF too; false if such a message is refused. For old senders,
    /// whose dots are taken as ever: only CRLF.CRLF ends the data.
    /// </summary>
    public bool NormalizeLineEnds { get; init; }

    /// <summary>The largest message in octets. Null: as the server's.</summary>
    public long? MaxMessageSize { get; init; }

    /// <summary>The addresses that clients may have; who comes over a Unix socket has none and may. Null: any.</summary>
    public TrustedNetworks? Clients { get; init; }
}
