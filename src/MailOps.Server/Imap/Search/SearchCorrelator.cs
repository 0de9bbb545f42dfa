namespace MailOps.Server.Imap.Search;

/// <summary>Which search, and of a command that searches several mailboxes which one, an ESEARCH response is about (RFC 4466 section 2.6.2, RFC 7377 section 2.1).</summary>
/// <param name="Tag">The tag of the command.</param>
/// <param name="Mailbox">The mailbox; null where only the selected one can be meant.</param>
/// <param name="UidValidity">Its UIDVALIDITY.</param>
internal readonly record struct SearchCorrelator(string Tag, string? Mailbox = null, uint UidValidity = 0)
{
    /// <summary>Begins the response.</summary>
    public void Write(ImapReplyWriter replies, MessageNumbers numbers)
    {
        replies.Raw("* ESEARCH (TAG "u8);
        replies.String(Tag);
        if (Mailbox is not null)
        {
            replies.Raw(" MAILBOX "u8);
            replies.Mailbox(Mailbox);
            replies.Raw(" UIDVALIDITY "u8);
            replies.Number(UidValidity);
        }

        replies.Raw(numbers == MessageNumbers.Uid ? ") UID"u8 : ")"u8);
    }
}
