using MailOps.Server.Connections;

namespace MailOps.Server.Smtp;

/// <summary>What an SMTP listener offers and takes.</summary>
public sealed record SmtpOptions
{
    /// <summary>What the listener is for.</summary>
    public SmtpRole Role { get; init; }

    /// <summary>Whether clients log in.</summary>
    public LoginRule Login { get; init; }

    /// <summary>True if nothing is taken without TLS, except over a Unix socket.</summary>
    public bool RequireTls { get; init; }

    /// <summary>The addresses that clients may have. Null: any.</summary>
    public TrustedNetworks? Clients { get; init; }

    /// <summary>The server's name in the greeting and in trace lines.</summary>
    public required string HostName { get; init; }

    /// <summary>The largest message in octets, announced as SIZE (RFC 1870).</summary>
    public long MaxMessageSize { get; init; } = 50 * 1024 * 1024;

    /// <summary>How much a client may send of a message that is too large before it is cut off without a word more.</summary>
    internal long MostOctetsRead => (4 * MaxMessageSize) + (64 * 1024 * 1024);

    /// <summary>True if a CR or LF that stands alone in a message is made CRLF; false if such a message is refused.</summary>
    public bool NormalizeLineEnds { get; init; }

    /// <summary>The most recipients of one message. RFC 5321 section 4.5.3.1.8 asks for at least 100.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>The longest command line in octets. RFC 5321 asks for 512; extensions and AUTH need more (RFC 4954 section 4.3).</summary>
    public int MaxLineLength { get; init; } = 12 * 1024;

    /// <summary>Errors after which a client is cut off.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>Commands that bring no message nearer (HELO, EHLO, LHLO, NOOP, RSET, VRFY, HELP) after which a client is cut off; counted anew after each message that is taken.</summary>
    public int MaxJunkCommands { get; init; } = 100;

    /// <summary>How long a client may take from one message that is taken to the next, whatever it sends meanwhile. Data gives it more, at <see cref="MinDataRate"/>.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a client must wait for the greeting. Who speaks meanwhile is cut off.</summary>
    public TimeSpan GreetingDelay { get; init; }

    /// <summary>How long a client may take for its next command or for more data (RFC 5321 section 4.5.3.2.7).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many octets a second the data of a message must come with, on an average over <see cref="Timeout"/>.</summary>
    public int MinDataRate { get; init; } = 100;

    /// <summary>The most Received fields of a message; one with more goes round in a loop. RFC 5321 section 6.3 asks for at least 100.</summary>
    public int MaxHops { get; init; } = 100;

    /// <summary>
    /// True where DSN (RFC 3461) is offered: to clients whose senders have a mailbox here. Elsewhere the server that hands
    /// a message over reports so itself ("relayed"), since no report is sent from here to another server.
    /// </summary>
    public bool ReportsDelivery { get; init; }

    /// <summary>What the administrator's own code says about recipients and messages. Null: nothing.</summary>
    public IMailHooks? Hooks { get; init; }

    /// <summary>Who may use XCLIENT.</summary>
    public TrustedNetworks XClientFrom { get; init; } = TrustedNetworks.None;

    /// <summary>Who may send to other servers without a login.</summary>
    public TrustedNetworks RelayFrom { get; init; } = TrustedNetworks.None;

    /// <summary>True if mail for a mailbox over its quota is refused for good, false if for now.</summary>
    public bool RejectOverQuota { get; init; }

    /// <summary>Whether an account may send as another address than its own ones.</summary>
    public SenderCheck SenderCheck { get; init; }
}
