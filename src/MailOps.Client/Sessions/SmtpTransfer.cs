using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>What came of one transaction.</summary>
/// <param name="Answers">What the server said to each recipient, in their order. Empty where the connection ended before the message did.</param>
/// <param name="End">How far it came.</param>
/// <param name="Error">What ended the connection, or null.</param>
internal sealed record SmtpTransfer(IReadOnlyList<SmtpReply> Answers, SmtpTransferEnd End = SmtpTransferEnd.Answered, MailSessionException? Error = null)
{
    /// <summary>Octets that were sent after DATA.</summary>
    public long Length { get; init; }
}
