namespace MailOps.Maildir;

/// <summary>What an account holds, beside what it may hold.</summary>
/// <param name="Bytes">Octets of all messages on disk.</param>
/// <param name="Messages">Their number.</param>
/// <param name="Limit">The limits.</param>
public sealed record MailQuotaUsage(long Bytes, long Messages, MailQuota Limit)
{
    /// <summary>The number of mailboxes, INBOX among them, where it is limited.</summary>
    public int Mailboxes { get; init; }

    /// <summary>How many mailboxes there may be; null where that is not limited.</summary>
    public int? MaxMailboxes { get; init; }
}
