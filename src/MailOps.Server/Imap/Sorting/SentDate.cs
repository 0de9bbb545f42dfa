using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Sorting;

/// <summary>When a message was sent, for sorts and threads (RFC 5256 section 2.2).</summary>
internal static class SentDate
{
    /// <summary>Seconds since 1970 in UTC: by its Date field, by when it arrived if that is missing or senseless, and the earliest time if it is gone.</summary>
    public static long Of(IMailbox mailbox, MailboxMessage message, MessageDigest? digest) =>
        (digest?.Date ?? mailbox.InternalDate(message))?.ToUnixTimeSeconds() ?? long.MinValue;
}
