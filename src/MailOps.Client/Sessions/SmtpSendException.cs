using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>A session that could not go on, with what was reached until then.</summary>
public sealed class SmtpSendException : MailSessionException
{
    /// <summary>Adds the result so far to an error.</summary>
    public SmtpSendException(MailSessionException cause, SmtpSendResult result)
        : base(cause.Fault, cause.Message, cause) => Result = result;

    /// <summary>What was reached, with the transcript.</summary>
    public SmtpSendResult Result { get; }
}
