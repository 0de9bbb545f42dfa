using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Smtp.Commands;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>SMTP (RFC 5321), submission (RFC 6409) and LMTP (RFC 2033): the tables of commands.</summary>
internal sealed class SmtpProtocol(SmtpOptions options, IMailStore store, IMailDirectory directory, Authentication authentication, OutboundMail? outbound = null)
    : LineProtocol<SmtpSession, SmtpReply>(CommandsOf(options.Role))
{
    private static readonly SmtpCommand[] Shared =
    [
        new MailCommand(),
        new RcptCommand(),
        new DataCommand(),
        new BdatCommand(),
        new RsetCommand(),
        new NoopCommand(),
        new QuitCommand(),
        new VrfyCommand(),
        new HelpCommand(),
        new StartTlsCommand(),
    ];

    // LMTP has no HELO and EHLO (RFC 2033 section 4.1), and nobody to log in.
    private static readonly SmtpCommand[] OfSmtp = [new HeloCommand(), new EhloCommand(), .. Shared, new AuthCommand(), new EtrnCommand(), new XClientCommand()];

    private static readonly SmtpCommand[] OfLmtp = [new LhloCommand(), .. Shared];

    /// <summary>What EHLO announces beyond the commands' own lines.</summary>
    public static IReadOnlyList<Func<SmtpSession, string?>> Extensions { get; } =
    [
        static _ => "PIPELINING",
        static session => $"SIZE {session.Options.MaxMessageSize}",
        static _ => "8BITMIME",
        static _ => "BINARYMIME",
        static _ => "SMTPUTF8",
        static session => session.Options.ReportsDelivery ? "DSN" : null,
        static _ => "ENHANCEDSTATUSCODES",
        static session => string.Create(CultureInfo.InvariantCulture, $"LIMITS RCPTMAX={session.Options.MaxRecipients}"),
        static session => session.Connection.Tls is null ? null : "REQUIRETLS",
        static session => session.OffersRelay ? "MT-PRIORITY" : null,
        static session => session.OffersRelay ? "DELIVERBY" : null,
        static session => session.MostHeld is { } most
            ? string.Create(CultureInfo.InvariantCulture, $"FUTURERELEASE {(long)most.TotalSeconds} {session.Connection.Clock.GetUtcNow() + most:yyyy-MM-dd'T'HH:mm:ss'Z'}")
            : null,
    ];

    /// <summary>Every command of a role. EHLO, LHLO and HELP are computed from this table.</summary>
    public static IReadOnlyList<SmtpCommand> CommandsOf(SmtpRole role) => role is SmtpRole.Lmtp ? OfLmtp : OfSmtp;

    public override string Protocol => options.Role switch
    {
        SmtpRole.Lmtp => "lmtp",
        SmtpRole.Submission => "submission",
        _ => "smtp",
    };

    /// <summary>Lines are short, passwords are hashed elsewhere, and large messages are written by the store's own thread.</summary>
    public override bool IsBrisk => true;

    // Who hands everybody's mail over was named, and has a queue to empty.
    public override bool IsRated => options.Role is not SmtpRole.Lmtp;

    protected override TimeSpan GreetingDelay => options.GreetingDelay;

    protected override SmtpReply Greeting(SmtpSession session) => SmtpReplies.Greeting(options);

    protected override bool IsOutOfStep(SmtpSession session, LineCommand<SmtpSession, SmtpReply>? command, bool hasMore, [MaybeNullWhen(false)] out SmtpReply reply)
    {
        var isEarly = (command is null or SmtpCommand { EndsGroup: true }) && (hasMore || session.Connection.HasUnreadInput);
        reply = isEarly ? SmtpReplies.OutOfStep(command?.Name) : null;
        if (reply is null)
            return false;
        session.EndAs(ConnectionEnd.Dropped);
        session.Connection.Publish(new MailRefused { Command = command?.Name ?? "CONNECT", Reply = reply.ToString() });
        return true;
    }

    protected override SmtpReply Unrecognized => SmtpReplies.Unrecognized;

    protected override SmtpReply LineTooLong => SmtpReplies.LineTooLong;

    public override string Refusal(string reason) => $"421 4.3.2 {options.HostName} {reason}\r\n";

    // RFC 5321 section 3.1: 554 in the place of a greeting.
    public override ConnectionRejection? Rejection(ServerConnection connection) =>
        connection.IsUnixSocket || options.Clients is not { } clients || clients.Contains(connection.Remote?.Address)
            ? null
            : new ConnectionRejection($"{Protocol} is not for this address", $"554 5.7.1 {options.HostName} does not speak {Protocol.ToUpperInvariant()} with your address\r\n");

    protected override SmtpSession Open(ServerConnection connection) => new(connection, options, store, directory, authentication, outbound);

    protected override void Write(SmtpSession session, SmtpReply reply) => session.Write(reply);

    // Over LMTP one trusted client hands over everybody's mail: a recipient that is refused is no error of its own.
    protected override bool IsError(SmtpReply reply) =>
        (options.Role is SmtpRole.Lmtp ? reply.Code is >= 500 and < 510 : reply.IsPermanent) && !ReferenceEquals(reply, SmtpReplies.ChunkDropped);

    protected override SmtpReply TooFast(RateExcess excess) => new(421, new EnhancedStatusCode(4, 7, 0), $"Slow down: {excess.Reason}");

    protected override SmtpReply Illegal(SmtpSession session) => session.NeedsTls ? SmtpReplies.NeedsTls : SmtpReplies.Illegal(session);

    protected override SmtpReply Fault(SmtpSession session, Exception exception) => SmtpReplies.LocalError;

    // 421 is the end, and so is a chunk that nobody has read: its octets would be taken for commands.
    protected override SmtpReply Given(SmtpSession session, LineCommand<SmtpSession, SmtpReply> command, string reply)
    {
        var given = GivenReply.Parse(reply);
        if (given.Code == 421 || command is BdatCommand)
            session.EndAs(ConnectionEnd.Dropped);
        if (command is MailCommand or RcptCommand or DataCommand or BdatCommand)
            session.Connection.Publish(new MailRefused { Command = command.Name, Reply = given.ToString() });
        return given;
    }

    protected override SmtpReply Goodbye(SmtpSession session, ConnectionEnd reason) => reason switch
    {
        ConnectionEnd.TimedOut => session.HasTakenTooLong ? SmtpReplies.TookTooLong : SmtpReplies.TimedOut,
        ConnectionEnd.ServerStopped or ConnectionEnd.SessionStopped => SmtpReplies.Stopped(reason),
        _ => session.HasTooMuchJunk ? SmtpReplies.TooMuchJunk : SmtpReplies.TooManyErrors,
    };
}
