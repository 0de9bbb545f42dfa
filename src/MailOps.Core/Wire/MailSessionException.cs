namespace MailOps.Wire;

/// <summary>A conversation with a server could not go on: no connection, no TLS, no login, or a peer that speaks something else. Refusals of mail are results, not this.</summary>
public class MailSessionException : IOException
{
    /// <summary>An error with what was wrong, where, and what to do about it.</summary>
    public MailSessionException(MailSessionFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind of failure.</summary>
    public MailSessionFault Fault { get; }

    /// <summary>When to try again, where the server is busy and says that; else null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True if the server said no to one thing, and the conversation can go on.</summary>
    public bool IsRefusal => Fault is MailSessionFault.CommandRefused or MailSessionFault.MailboxNotFound or MailSessionFault.OverQuota or MailSessionFault.TooBig or MailSessionFault.UidValidityChanged;
}
