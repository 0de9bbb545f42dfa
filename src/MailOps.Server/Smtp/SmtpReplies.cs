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

    public static SmtpReply ShuttingDown { get; } = new(421, new EnhancedStatusCode(4, 3, 2), "Server is shutting down, try again later");

    public static SmtpReply LocalError { get; } = new(451, new EnhancedStatusCode(4, 3, 0), "Local error, try again later");

    public static SmtpReply StorageFull { get; } = new(452, new EnhancedStatusCode(4, 3, 1), "Insufficient system storage, try again later");

    public static SmtpReply MailboxFull { get; } = new(452, new EnhancedStatusCode(4, 2, 2), "The mailbox is over its quota, try again later");

    public static SmtpReply Syntax(string usage) => new(501, new EnhancedStatusCode(5, 5, 4), $"Syntax: {usage}");

    public static SmtpReply BadSequence(string text) => new(503, new EnhancedStatusCode(5, 5, 1), text);
}
