using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <content>What clients and accounts may use.</content>
public sealed partial class StartMailServerCommand
{
    /// <summary>The largest message in bytes, such as 50MB; up to 2GB.</summary>
    [Parameter]
    [ValidateRange(MailServerOptions.LeastMessageSize, MailServerOptions.MostMessageSize)]
    public long MaxMessageSize { get; set; } = 50 * 1024 * 1024;

    /// <summary>Messages that one command of an IMAP client is about at the most, 1,000 or more; what asks for more gets the last of them, and is told so (MESSAGELIMIT, RFC 9738). Clients that do not know of it may take them for all there are. 0, the default, sets no limit.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxImapMessages { get; set; }

    /// <summary>The largest message that users may submit, in bytes. By default as -MaxMessageSize.</summary>
    [Parameter]
    [ValidateRange(MailServerOptions.LeastMessageSize, MailServerOptions.MostMessageSize)]
    public long? MaxSubmissionSize { get; set; }

    /// <summary>The largest message that is taken over LMTP, in bytes. By default as -MaxMessageSize; a server with a queue has a limit of its own, and this one should not be smaller.</summary>
    [Parameter]
    [ValidateRange(MailServerOptions.LeastMessageSize, MailServerOptions.MostMessageSize)]
    public long? MaxLmtpSize { get; set; }

    /// <summary>How many bytes of mail each account may hold, such as 1GB. What does not fit is refused, for now unless -RejectOverQuota is given. Without it and QuotaMessages, an account that has a maildirsize file has the limits in that.</summary>
    [Parameter]
    [ValidateRange(1L, 1L << 50)]
    public long? QuotaSize { get; set; }

    /// <summary>How many messages each account may hold.</summary>
    [Parameter]
    [ValidateRange(1L, 1L << 40)]
    public long? QuotaMessages { get; set; }

    /// <summary>How many mailboxes (folders) each account may have, INBOX among them. Clients that make more are told OVERQUOTA; those that are there already stay.</summary>
    [Parameter]
    [ValidateRange(1, 10_000_000)]
    public int? QuotaMailboxes { get; set; }

    /// <summary>Refuses what does not fit a quota for good (552 5.2.2), so that senders are told at once. Without it, for now (452 4.2.2).</summary>
    [Parameter]
    public SwitchParameter RejectOverQuota { get; set; }

    /// <summary>Commands of SMTP and LMTP that bring no message nearer (HELO, EHLO, LHLO, NOOP, RSET, VRFY, HELP) after which a client is cut off (421 4.7.0). Counted anew after each message that is taken.</summary>
    [Parameter]
    [ValidateRange(10, 1_000_000)]
    public int MaxJunkCommands { get; set; } = 100;

    /// <summary>How long a client of SMTP or LMTP may take from one message that is taken to the next, whatever it sends meanwhile, such as 01:00:00 (421 4.4.2 then). Data that comes with 100 octets a second gives it more. From a second to 7 days.</summary>
    [Parameter]
    [ValidatePositiveTime(LeastSeconds = MailServerOptions.LeastSeconds, MostDays = MailServerOptions.MostDays)]
    public TimeSpan TransactionTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long clients of port 25 must wait for the greeting, such as 00:00:05, up to a minute: programs that send spam often speak before it, and are cut off (554). Without it, who has spoken by the time of the greeting is cut off all the same, and nobody waits.</summary>
    [Parameter]
    public TimeSpan GreetingDelay { get; set; }

    /// <summary>Failed logins of one address within 15 minutes, over all protocols, after which nothing is tried for it any more for a while; of an IPv6 address the /64 counts. 0 locks no address.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int MaxLoginFailuresPerAddress { get; set; } = 10;

    /// <summary>Failed logins to one account within 15 minutes, from all addresses together, after which it takes logins only from addresses that it was logged in to from before. 0 locks no account.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int MaxLoginFailuresPerAccount { get; set; } = 20;

    /// <summary>How long an address or an account is locked, such as 01:00:00: from a second to 7 days.</summary>
    [Parameter]
    [ValidatePositiveTime(LeastSeconds = MailServerOptions.LeastSeconds, MostDays = MailServerOptions.MostDays)]
    public TimeSpan LoginLockTime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Addresses or networks that are never locked and whose failed logins are not counted, such as that of a webmail, which logs in for many. This machine unless others are named; an empty list exempts nobody.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public string[] LoginExempt { get; set; } = ["127.0.0.0/8", "::1"];

    /// <summary>Connections at once, all endpoints together.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int MaxConnections { get; set; } = 1000;

    /// <summary>Connections at once from one address, of IPv6 from a /64; the next is told so and closed. 0 sets no limit.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 100;

    /// <summary>Addresses or networks that are not counted by address, neither their connections nor what they do, such as that of a webmail, which connects for many; those of -XClientFrom never are. This machine unless others are named; an empty list exempts nobody.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public string[] LimitExempt { get; set; } = ["127.0.0.0/8", "::1"];

    /// <summary>New connections of one address in a minute, of IPv6 of a /64; more hear 421 and when to come again. As with the next three, that many may come at once, and then room comes back evenly; LMTP and those of -LimitExempt are not counted. 0 sets no limit.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxConnectionsPerMinute { get; set; } = 300;

    /// <summary>Commands of one address in a minute, over all protocols. Above it, who has not logged in is cut off (421), and who has is slowed down. 0 sets no limit.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxCommandsPerMinute { get; set; } = 6_000;

    /// <summary>Messages that one address may send in a minute (450 4.7.1 above it). 0 sets no limit.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxMessagesPerMinute { get; set; } = 600;

    /// <summary>Recipients that one address may name in a minute, whether there are such accounts or not (450 4.7.1 above it). 0 sets no limit.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxRecipientsPerMinute { get; set; } = 3_000;

    /// <summary>Messages that one account may send in a day, wherever it comes from (450 4.7.1 above it): if its password is stolen, not much spam goes out. 0 sets no limit; nor has -Capture one.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxAccountMessagesPerDay { get; set; } = 2_000;

    /// <summary>Recipients that one account may name in a day, likewise.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int MaxAccountRecipientsPerDay { get; set; } = 10_000;

    private RateLimits Rates() => new()
    {
        ConnectionsPerMinute = MaxConnectionsPerMinute,
        CommandsPerMinute = MaxCommandsPerMinute,
        MessagesPerMinute = MaxMessagesPerMinute,
        RecipientsPerMinute = MaxRecipientsPerMinute,
        AccountMessagesPerDay = MaxAccountMessagesPerDay,
        AccountRecipientsPerDay = MaxAccountRecipientsPerDay,
    };
}
