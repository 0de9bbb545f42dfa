using MailOps.Maildir;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>
/// What an administrator's own code says about recipients and messages that the server itself would take. It is awaited by the session that asks,
/// and must keep to a time of its own. What it throws is answered with 451 and published as a fault.
/// </summary>
public interface IMailHooks
{
    /// <summary>True if it is to be asked about recipients.</summary>
    bool HearsRecipients { get; }

    /// <summary>True if it is to be asked about messages.</summary>
    bool HearsMessages { get; }

    /// <summary>Asked at RCPT.</summary>
    /// <param name="transaction">The client, the sender and the recipients that were taken so far.</param>
    /// <param name="recipient">The recipient without its brackets.</param>
    /// <param name="cancel">Ends the wait when the connection does.</param>
    /// <returns>The refusal, or null to take it.</returns>
    ValueTask<SmtpReply?> RecipientAsync(HookedTransaction transaction, string recipient, CancellationToken cancel);

    /// <summary>Asked when all of a message has come, before it is kept.</summary>
    /// <param name="transaction">The client, the sender and all recipients.</param>
    /// <param name="message">
    /// The message as the client sent it, without trace lines, read from where it waits: a large one is not in memory. It is closed when the
    /// answer is there, and what reads it later gets an <see cref="IOException"/>. Of more than 64 KiB in Bcc fields, which are not kept, it has the lines that fit.
    /// </param>
    /// <param name="cancel">Ends the wait when the connection does.</param>
    /// <returns>The refusal, or null to take it.</returns>
    ValueTask<SmtpReply?> MessageAsync(HookedTransaction transaction, MessageBlob message, CancellationToken cancel);
}
