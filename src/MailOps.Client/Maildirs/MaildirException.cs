namespace MailOps.Client.Maildirs;

/// <summary>What was asked of a Maildir cannot be done.</summary>
public sealed class MaildirException : Exception
{
    /// <summary>An error with what was wrong, where, and what to do.</summary>
    public MaildirException(MaildirFault fault, string message)
        : base(message) => Fault = fault;

    /// <summary>Which kind of failure.</summary>
    public MaildirFault Fault { get; }
}
