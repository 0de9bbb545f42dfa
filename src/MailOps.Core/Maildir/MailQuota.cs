namespace MailOps.Maildir;

/// <summary>How much an account may hold. What is null is not limited.</summary>
/// <param name="Bytes">Octets of all messages on disk.</param>
/// <param name="Messages">Their number.</param>
public sealed record MailQuota(long? Bytes = null, long? Messages = null);
