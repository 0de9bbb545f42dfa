namespace MailOps.Client.Mailboxes.Seen;

/// <summary>A file that remembers messages cannot be used; it is unchanged.</summary>
/// <param name="fault">Which kind of failure.</param>
/// <param name="message">What was wrong, where, and what to do.</param>
public sealed class Pop3StateException(Pop3StateFault fault, string message) : IOException(message)
{
    /// <summary>Which kind of failure.</summary>
    public Pop3StateFault Fault => fault;
}
