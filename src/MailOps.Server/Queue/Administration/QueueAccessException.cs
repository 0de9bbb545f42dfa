namespace MailOps.Server.Queue.Administration;

/// <summary>A queue could not be asked, or does not do what it was asked.</summary>
public sealed class QueueAccessException : Exception
{
    /// <summary>An error with what was wrong, where, and what to do.</summary>
    public QueueAccessException(QueueAccessFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind.</summary>
    public QueueAccessFault Fault { get; }
}
