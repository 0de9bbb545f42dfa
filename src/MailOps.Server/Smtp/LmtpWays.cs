using MailOps.Maildir;

namespace MailOps.Server.Smtp;

/// <summary>What becomes of a message that came over LMTP.</summary>
/// <param name="Accept">Says what was taken, of these recipients, for these accounts.</param>
/// <param name="Enqueue">Makes it durable in the queue for these recipients, and in these mailboxes with it: all or nothing. Null where nothing of it goes to other servers.</param>
internal sealed record LmtpWays(
    Action<IReadOnlyList<SmtpRecipient>, IReadOnlyList<string>> Accept,
    Func<IReadOnlyList<SmtpRecipient>, IReadOnlyList<DeliveryTarget>, ValueTask>? Enqueue);
