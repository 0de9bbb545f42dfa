using System.Globalization;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Smtp.Commands;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>SMTP (RFC 5321) and submission (RFC 6409): the table of commands.</summary>
internal sealed class SmtpProtocol(string name, SmtpOptions options, IMailStore store, IMailDirectory directory, Authentication authentication)
    : LineProtocol<SmtpSession, SmtpReply>(Commands)
{
    /// <summary>Every command. EHLO and HELP are computed from this table.</summary>
    public static IReadOnlyList<SmtpCommand> Commands { get; } =
    [
        new HeloCommand(),
        new EhloCommand(),
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
        new AuthCommand(),
        new XClientCommand(),
    ];

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
    ];

    public override string Protocol => name;

    /// <summary>Lines are short, passwords are hashed elsewhere, and large messages are written by the store's own thread.</summary>
    public override bool IsBrisk => true;

    protected override SmtpReply Greeting => SmtpReplies.Greeting(options.HostName);

    protected override SmtpReply Unrecognized => SmtpReplies.Unrecognized;

    protected override SmtpReply LineTooLong => SmtpReplies.LineTooLong;

    public override string Refusal(string reason) => $"421 4.3.2 {options.HostName} {reason}, try again later\r\n";

    protected override SmtpSession Open(ServerConnection connection) => new(connection, options, store, directory, authentication);

    protected override void Write(SmtpSession session, SmtpReply reply) => session.Write(reply);

    protected override bool IsError(SmtpReply reply) => reply.IsPermanent && !ReferenceEquals(reply, SmtpReplies.ChunkDropped);

    protected override SmtpReply Illegal(SmtpSession session) => SmtpReplies.Illegal(session.State);

    protected override SmtpReply Fault(SmtpSession session, Exception exception) => SmtpReplies.LocalError;

    protected override SmtpReply Goodbye(ConnectionEnd reason) => reason switch
    {
        ConnectionEnd.TimedOut => SmtpReplies.TimedOut,
        ConnectionEnd.ServerStopped => SmtpReplies.ShuttingDown,
        ConnectionEnd.SessionStopped => SmtpReplies.SessionStopped,
        _ => SmtpReplies.TooManyErrors,
    };
}
