namespace MailOps.Server.Pop3;

/// <summary>A status line (RFC 1939 section 3), with the response code of RFC 2449 and 3206 in it where there is one.</summary>
/// <param name="IsPositive">+OK or -ERR.</param>
/// <param name="Text">What stands behind it.</param>
internal sealed record Pop3Reply(bool IsPositive, string Text)
{
    /// <summary>Nothing is sent: the command has said what there was to say.</summary>
    public static Pop3Reply Silent { get; } = new(true, "");

    public static Pop3Reply Unrecognized { get; } = Err("Unknown command");

    public static Pop3Reply LineTooLong { get; } = Err("Line too long");

    public static Pop3Reply NoSuchMessage { get; } = Err("No such message");

    public static Pop3Reply StoreFailed { get; } = Err("[SYS/TEMP] The mailbox cannot be read now, try again later");

    public static Pop3Reply WrongPassword { get; } = Err("[AUTH] Wrong user name or password");

    public static Pop3Reply AccountsUnavailable { get; } = Err("[SYS/TEMP] The accounts cannot be read now, try again later");

    public static Pop3Reply TooManyFailures { get; } = Err("[SYS/TEMP] Too many failed logins, try again later");

    public static Pop3Reply TooManyErrors { get; } = Err("Too many errors, closing connection");

    public static Pop3Reply TimedOut { get; } = Err("Nothing heard for too long, closing connection");

    public static Pop3Reply TookTooLong { get; } = Err("No login for too long, closing connection");

    public static Pop3Reply ShuttingDown { get; } = Err("[SYS/TEMP] Server is shutting down, nothing was deleted, try again later");

    public static Pop3Reply SessionStopped { get; } = Err("[SYS/TEMP] The session was ended by the administrator, nothing was deleted");

    public static Pop3Reply Ok(string text) => new(true, text);

    public static Pop3Reply Err(string text) => new(false, text);
}
