using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Pop3.Commands;

namespace MailOps.Server.Pop3;

/// <summary>POP3 (RFC 1939): the table of commands.</summary>
/// <param name="options">The rules.</param>
/// <param name="store">The store.</param>
/// <param name="authentication">Logins.</param>
/// <param name="locks">The maildrops that are open, shared with every other protocol object of the server.</param>
/// <param name="delays">When accounts last logged in, shared likewise.</param>
internal sealed class Pop3Protocol(Pop3Options options, IMailStore store, Authentication authentication, MaildropLocks locks, LoginDelays delays)
    : LineProtocol<Pop3Session, Pop3Reply>(Commands)
{
    /// <summary>Every command. CAPA is computed from this table.</summary>
    public static IReadOnlyList<Pop3Command> Commands { get; } =
    [
        new CapaCommand(),
        new UserCommand(),
        new PassCommand(),
        new ApopCommand(),
        new AuthCommand(),
        new StlsCommand(),
        new QuitCommand(),
        new NoopCommand(),
        new StatCommand(),
        new ListCommand(),
        new UidlCommand(),
        new RetrCommand(),
        new TopCommand(),
        new DeleCommand(),
        new RsetCommand(),
        new LastCommand(),
        new Utf8Command(),
        new LangCommand(),
    ];

    /// <summary>What CAPA lists beyond the commands' own lines (RFC 2449 section 6, RFC 3206).</summary>
    public static IReadOnlyList<string> Capabilities { get; } = ["PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "EXPIRE NEVER", "IMPLEMENTATION MailOps"];

    public override string Protocol => "pop3";

    /// <summary>A maildrop may be large, and messages are read where the session runs.</summary>
    public override bool IsBrisk => false;

    /// <summary>With the timestamp for APOP behind it where that can be used (RFC 1939 section 7).</summary>
    protected override Pop3Reply Greeting(Pop3Session session) =>
        Pop3Reply.Ok($"{options.HostName} MailOps POP3 ready{(session.Timestamp is { } timestamp ? " " + timestamp : "")}");

    protected override Pop3Reply Unrecognized => Pop3Reply.Unrecognized;

    protected override Pop3Reply LineTooLong => Pop3Reply.LineTooLong;

    public override string Refusal(string reason) => $"-ERR [SYS/TEMP] {options.HostName} {reason}\r\n";

    protected override Pop3Session Open(ServerConnection connection) => new(connection, options, store, authentication, locks, delays);

    protected override void Write(Pop3Session session, Pop3Reply reply) => session.Write(reply);

    protected override bool IsError(Pop3Reply reply) => !reply.IsPositive;

    protected override Pop3Reply TooFast(RateExcess excess) => Pop3Reply.Err($"[SYS/TEMP] Slow down: {excess.Reason}");

    protected override Pop3Reply Illegal(Pop3Session session) =>
        Pop3Reply.Err(session.State is Pop3States.Authorization ? "Log in first" : "Already logged in");

    protected override Pop3Reply Fault(Pop3Session session, Exception exception) => Pop3Reply.StoreFailed;

    protected override Pop3Reply Given(Pop3Session session, LineCommand<Pop3Session, Pop3Reply> command, string reply) => Pop3Reply.Err(reply["-ERR".Length..].TrimStart());

    protected override Pop3Reply Goodbye(Pop3Session session, ConnectionEnd reason) => reason switch
    {
        ConnectionEnd.TimedOut => session.HasTakenTooLong ? Pop3Reply.TookTooLong : Pop3Reply.TimedOut,
        ConnectionEnd.ServerStopped => Pop3Reply.ShuttingDown,
        ConnectionEnd.SessionStopped => Pop3Reply.SessionStopped,
        _ => Pop3Reply.TooManyErrors,
    };
}
