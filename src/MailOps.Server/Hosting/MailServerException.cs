namespace MailOps.Server.Hosting;

/// <summary>A server could not be started. Nothing of it was left running.</summary>
public sealed class MailServerException : Exception
{
    /// <summary>An error with what was wrong, where, and what to do.</summary>
    public MailServerException(MailServerFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind.</summary>
    public MailServerFault Fault { get; }
}
