using System.Globalization;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>The replies that more than one command gives. Those of one command stand in its file.</summary>
internal static class SmtpReplies
{
    /// <summary>Nothing is sent: the command has said what there was to say.</summary>
    public static SmtpReply Silent { get; } = new(0, null, []);

    public static SmtpReply Ok { get; } = new(250, new EnhancedStatusCode(2, 0, 0), "Ok");

    public static SmtpReply Goodbye { get; } = new(221, new EnhancedStatusCode(2, 0, 0), "Bye");

    public static SmtpReply Unrecognized { get; } = new(500, new EnhancedStatusCode(5, 5, 2), "Command not recognized");

    public static SmtpReply LineTooLong { get; } = new(500, new EnhancedStatusCode(5, 5, 2), "Line too long");

    public static SmtpReply TooManyErrors { get; } = new(421, new EnhancedStatusCode(4, 7, 0), "Too many errors, closing connection");

    public static SmtpReply TimedOut { get; } = new(421, new EnhancedStatusCode(4, 4, 2), "Nothing heard for too long, closing connection");

    public static SmtpReply TooMuchJunk { get; } = new(421, new EnhancedStatusCode(4, 7, 0), "Too many commands without a message, closing connection");

    public static SmtpReply TookTooLong { get; } = new(421, new EnhancedStatusCode(4, 4, 2), "No message for too long, closing connection");

    public static SmtpReply ShuttingDown { get; } = new(421, new EnhancedStatusCode(4, 3, 2), "Server is shutting down, try again later");

    public static SmtpReply SessionStopped { get; } = new(421, new EnhancedStatusCode(4, 3, 2), "The session was ended by the administrator, try again later");

    /// <summary>To a session that an administrator ends, by itself or with the server.</summary>
    public static SmtpReply Stopped(ConnectionEnd? reason) => reason is ConnectionEnd.ServerStopped ? ShuttingDown : SessionStopped;

    public static SmtpReply LocalError { get; } = new(451, new EnhancedStatusCode(4, 3, 0), "Local error, try again later");

    public static SmtpReply StorageFull { get; } = new(452, new EnhancedStatusCode(4, 3, 1), "Insufficient system storage, try again later");

    private static readonly SmtpReply MailboxFullForNow = new(452, new EnhancedStatusCode(4, 2, 2), "The mailbox is over its quota, try again later");

    private static readonly SmtpReply MailboxFullForGood = new(552, new EnhancedStatusCode(5, 2, 2), "The mailbox is over its quota");

    public static SmtpReply MailboxFull(SmtpOptions options) => options.RejectOverQuota ? MailboxFullForGood : MailboxFullForNow;

    public static SmtpReply NotStored(StoreFault fault, SmtpOptions options) => fault switch
    {
        StoreFault.Full => StorageFull,
        StoreFault.OverQuota => MailboxFull(options),
        _ => LocalError,
    };

    // RFC 4865 section 6 has 5.7.16 for it, which is by now the code of a message that is too big for its priority (RFC 6710).
    public static SmtpReply HeldEnough(string account, int limit) =>
        new(552, new EnhancedStatusCode(5, 3, 1), string.Create(CultureInfo.InvariantCulture, $"{account} has {limit} messages or more that wait for their release, and that is the most; send it when some have left"));

    public static SmtpReply TooFast(RateExcess excess) => new(450, new EnhancedStatusCode(4, 7, 1), $"Slow down: {excess.Reason}");

    /// <summary>A chunk after one that failed. No error of the client: it may have been under way already (RFC 3030 section 2).</summary>
    public static SmtpReply ChunkDropped { get; } = BadSequence("An earlier chunk of the message was refused; send RSET and begin again");

    public static SmtpReply TooLarge(long limit) => new(552, new EnhancedStatusCode(5, 3, 4), string.Create(CultureInfo.InvariantCulture, $"Message size exceeds the limit of {limit} octets"));

    public static SmtpReply BadValue(string keyword, string problem) => new(501, CodeOf(keyword), $"Bad value of parameter {keyword}: {problem}");

    public static SmtpReply BadValue(string keyword) => new(501, CodeOf(keyword), $"Bad value of parameter {keyword}");

    public static SmtpReply GivenTwice(string keyword) => new(501, CodeOf(keyword), $"Parameter {keyword} is given twice");

    // RFC 6710 section 4.1 has a code of its own for it.
    private static EnhancedStatusCode CodeOf(string keyword) => new(5, 5, keyword is "MT-PRIORITY" ? (byte)2 : (byte)4);

    public static SmtpReply UnknownParameter(string keyword) => new(555, new EnhancedStatusCode(5, 5, 4), $"Parameter {keyword} not recognized");

    /// <summary>Where a message was to be returned by now (RFC 2852 section 4.1.3).</summary>
    public static SmtpReply DeliveryTimeExpired { get; } = new(554, new EnhancedStatusCode(5, 4, 7), "Delivery time expired while the message came");

    /// <summary>A parameter of an extension that this listener does not offer.</summary>
    public static SmtpReply NotOffered(string keyword) => new(555, new EnhancedStatusCode(5, 5, 4), $"Parameter {keyword} belongs to an extension that is not offered here");

    /// <summary>An address with UTF-8 where SMTPUTF8 was not asked for (RFC 6531 section 3.5).</summary>
    public static SmtpReply NeedsUtf8 { get; } = new(553, new EnhancedStatusCode(5, 6, 7), "An address that is not ASCII needs the parameter SMTPUTF8");

    /// <summary>To a command that is not legal in this state.</summary>
    public static SmtpReply Illegal(SmtpSession session) => BadSequence(session.State switch
    {
        SmtpStates.Fresh => session.Options.Role is SmtpRole.Lmtp ? "Send LHLO first" : "Send HELO or EHLO first",
        SmtpStates.Ready => "Send MAIL first",
        SmtpStates.Sender => "A transaction is under way; send RCPT, or RSET to give it up",
        SmtpStates.Chunks => "A message is under way; send BDAT, or RSET to give it up",
        _ => "A transaction is under way; send RCPT, DATA or BDAT, or RSET to give it up",
    });

    /// <summary>Where the listener takes nothing in the clear (RFC 3207 section 4).</summary>
    public static SmtpReply NeedsTls { get; } = new(530, new EnhancedStatusCode(5, 7, 0), "Must issue a STARTTLS command first");

    public static SmtpReply Greeting(SmtpOptions options) => new(220, null, $"{options.HostName} {(options.Role is SmtpRole.Lmtp ? "LMTP" : "ESMTP")} MailOps ready");

    /// <summary>To a client that did not wait: what it sent behind a command, or before the greeting, may be another's than it seems (RFC 2920 section 3.1, RFC 5321 section 4.3.1).</summary>
    /// <param name="command">The command whose reply it did not wait for; null for the greeting.</param>
    public static SmtpReply OutOfStep(string? command) =>
        new(554, new EnhancedStatusCode(5, 5, 0), $"SMTP synchronization error: wait for the {(command is null ? "greeting" : $"reply to {command}")} before sending more, closing connection");

    public static SmtpReply Syntax(string usage) => new(501, new EnhancedStatusCode(5, 5, 4), $"Syntax: {usage}");

    public static SmtpReply BadSequence(string text) => new(503, new EnhancedStatusCode(5, 5, 1), text);
}
