using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Pop3;
using MailOps.Server.Queue;
using MailOps.Server.Smtp;
using MailOps.Server.Tracking;

namespace MailOps.Server.Hosting;

/// <summary>Everything a server is started with. Each default is safe.</summary>
public sealed record MailServerOptions
{
    /// <summary>The least that <see cref="MaxMessageSize"/> and that of a role may be, in octets: a header needs as much.</summary>
    public const long LeastMessageSize = 1024;

    /// <summary>The most that <see cref="MaxMessageSize"/> and that of a role may be, in octets: 2 GiB.</summary>
    public const long MostMessageSize = 2L << 30;

    /// <summary>The least that <see cref="TransactionTimeout"/> and <see cref="LoginLimits.LockTime"/> may be, in seconds.</summary>
    public const int LeastSeconds = 1;

    /// <summary>The most that <see cref="TransactionTimeout"/> and <see cref="LoginLimits.LockTime"/> may be, in days.</summary>
    public const int MostDays = 7;

    /// <summary>The folder of the store. Made if it is missing.</summary>
    public required string StorePath { get; init; }

    /// <summary>The server's name in greetings and trace lines, and in a certificate that it makes itself.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>The domains whose mail is taken, the default domain first. Empty: the host's own name.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Where to listen.</summary>
    public IReadOnlyList<MailEndpoint> Endpoints { get; init; } = [];

    /// <summary>The certificate with its private key. Null: one that the server makes itself and keeps in the store.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Certificates that are sent along with <see cref="Certificate"/>.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    /// <summary>Which certificates of clients are believed, for logins by EXTERNAL. Null: no client is asked for one.</summary>
    public ClientCertificates? ClientCertificates { get; init; }

    /// <summary>Any recipient and any login are taken, and each address gets its mailbox. For tests of software that sends mail.</summary>
    public bool Capture { get; init; }

    /// <summary>How logins are taken. <see cref="AuthenticationOptions.Capture"/> follows <see cref="Capture"/>.</summary>
    public AuthenticationOptions Authentication { get; init; } = new();

    /// <summary>The rules of the endpoints between servers.</summary>
    public SmtpRules Smtp { get; init; } = SmtpRules.ForServers;

    /// <summary>The rules of the submission endpoints.</summary>
    public SmtpRules Submission { get; init; } = SmtpRules.ForUsers;

    /// <summary>The rules of the LMTP endpoints.</summary>
    public SmtpRules Lmtp { get; init; } = SmtpRules.ForDelivery;

    /// <summary>What is POP3's alone.</summary>
    public Pop3Rules Pop3 { get; init; } = new();

    /// <summary>The largest message in octets, where a role has no limit of its own.</summary>
    public long MaxMessageSize { get; init; } = 50 * 1024 * 1024;

    /// <summary>The most messages that one command of an IMAP client is about (MESSAGELIMIT, RFC 9738), at least <see cref="LeastImapMessages"/>; 0 sets no limit.</summary>
    public int MaxImapMessages { get; init; }

    /// <summary>The least that <see cref="MaxImapMessages"/> may be where it sets a limit: clients that do not know of it take few messages of a command for all there are (RFC 9738 section 3).</summary>
    public const int LeastImapMessages = 1000;

    /// <summary>How mailboxes lie in the directories of accounts. Null: Maildir++, except in accounts that were made with the other.</summary>
    public MaildirLayout? Layout { get; init; }

    /// <summary>What each account may hold. Null: an account that has a <c>maildirsize</c> file has the limits of its first line.</summary>
    public MailQuota? Quota { get; init; }

    /// <summary>How many mailboxes each account may have, INBOX among them; null for any number. Those that are there already stay.</summary>
    public int? MaxMailboxes { get; init; }

    /// <summary>True if what does not fit is refused for good (552 5.2.2), so that the sender is told at once; false for now (452 4.2.2), so that it is tried again.</summary>
    public bool RejectOverQuota { get; init; }

    /// <summary>Who gets the mail for postmaster and abuse of a domain where neither an account nor an alias does: an account or an alias. Null: the first account, which is an event each time.</summary>
    public string? Postmaster { get; init; }

    /// <summary>Whether an account may send as another address than its own ones. A capturing server lets everybody send as anybody.</summary>
    public SenderCheck SenderCheck { get; init; } = SenderCheck.Envelope;

    /// <summary>Commands of SMTP and LMTP that bring no message nearer (HELO, EHLO, LHLO, NOOP, RSET, VRFY, HELP) after which a client is cut off; counted anew after each message that is taken.</summary>
    public int MaxJunkCommands { get; init; } = 100;

    /// <summary>How long a client of SMTP or LMTP may take from one message that is taken to the next, whatever it sends meanwhile. Data that comes fast enough gives it more.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long clients of port 25 must wait for the greeting, up to a minute. Programs that send spam often speak before it, and are cut off. Zero: who has spoken by then is cut off all the same.</summary>
    public TimeSpan GreetingDelay { get; init; }

    /// <summary>The limits of connections.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>Whether and how mail goes to other servers. A capturing server sends nothing.</summary>
    public OutboundOptions Outbound { get; init; } = new();

    /// <summary>Whether and for how long it is written down what became of each message.</summary>
    public TrackingOptions Tracking { get; init; } = new();

    /// <summary>How much an address may do in a minute, and an account in a day.</summary>
    public RateLimits Rates { get; init; } = new();

    /// <summary>Proxies that say for whom they connect with a PROXY header (HAProxy's, version 1 or 2), on every endpoint and before TLS. From these addresses nothing else is taken.</summary>
    public TrustedNetworks ProxyFrom { get; init; } = TrustedNetworks.None;

    /// <summary>Proxies that may say with XCLIENT (Postfix's) for whom they speak, SMTP and submission alike. They are believed about logins too.</summary>
    public TrustedNetworks XClientFrom { get; init; } = TrustedNetworks.None;

    /// <summary>Where the metrics can be read over HTTP in Prometheus' text format; port 0 lets the system pick a free one. Null: nowhere. Who reaches it may read it.</summary>
    public IPEndPoint? MetricsEndpoint { get; init; }

    /// <summary>What the administrator's own code says about recipients and messages that would be taken. It stays the caller's. Null: nothing.</summary>
    public IMailHooks? Hooks { get; init; }

    /// <summary>The clock of every timeout, name and date.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
