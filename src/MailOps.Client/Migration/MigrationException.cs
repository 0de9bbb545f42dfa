namespace MailOps.Client.Migration;

/// <summary>A copy of mailboxes cannot be made, or not go on.</summary>
public sealed class MigrationException : Exception
{
    /// <summary>An error with what was wrong, where, and what to do.</summary>
    public MigrationException(MigrationFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind of failure.</summary>
    public MigrationFault Fault { get; }
}
