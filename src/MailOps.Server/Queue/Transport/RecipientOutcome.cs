using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What the next server said of a recipient, or what went wrong on the way in the same form.</summary>
/// <param name="Number">The recipient's number in the envelope, from 1.</param>
/// <param name="Reply">2xx: it has taken responsibility. 4xx: not now. 5xx: never.</param>
internal readonly record struct RecipientOutcome(int Number, SmtpReply Reply);
