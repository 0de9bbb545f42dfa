namespace MailOps.Server.Imap.Lists;

/// <summary>The LIST response (RFC 9051 section 7.3.1, RFC 5258).</summary>
internal static class ListReply
{
    /// <summary>Writes the response about one mailbox.</summary>
    /// <param name="replies">The writer.</param>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="isExtended">True for a client that knows \NonExistent, which says \Noselect as well, and is a word of IMAP4rev2 and of the extension.</param>
    /// <param name="childInfo">What mailboxes below it meet, if some do (RFC 5258 section 3.5).</param>
    /// <param name="oldName">Its name before it was renamed (RFC 5465 section 5.4); null if it was not.</param>
    /// <param name="hasNoAccess">True if the client may know of it and no more (RFC 5465 section 3.1).</param>
    public static void Write(ImapReplyWriter replies, ListedMailbox mailbox, bool isExtended = true, string childInfo = "", string? oldName = null, bool hasNoAccess = false)
    {
        replies.Raw("* LIST ("u8);
        if (!mailbox.Exists)
            replies.Raw(isExtended ? "\\NonExistent "u8 : "\\Noselect "u8);
        if (hasNoAccess)
            replies.Raw("\\NoAccess "u8);
        if (mailbox.IsSubscribed)
            replies.Raw("\\Subscribed "u8);
        foreach (var use in mailbox.Uses)
        {
            replies.Ascii(use);
            replies.Raw(" "u8);
        }

        replies.Raw(mailbox.HasChildren ? "\\HasChildren"u8 : "\\HasNoChildren"u8);
        replies.Raw(") \"/\" "u8);
        replies.Mailbox(mailbox.Name);
        if (mailbox.HasChosenChildren)
        {
            replies.Raw(" (\"CHILDINFO\" ("u8);
            replies.Ascii(childInfo);
            replies.Raw("))"u8);
        }

        if (oldName is not null)
        {
            replies.Raw(" (\"OLDNAME\" ("u8);
            replies.Mailbox(oldName);
            replies.Raw("))"u8);
        }

        replies.EndLine();
    }
}
