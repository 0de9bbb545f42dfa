namespace MailOps.Maildir;

/// <summary>What an account holds, beside what it may hold.</summary>
/// <param name="Bytes">Octets of all messages on disk.</param>
/// <param name="Messages">Their number.</param>
/// <param name="Limit">The limits.</param>
public sealed record MailQuotaUsage(long Bytes, long Messages, MailQuota Limit);
