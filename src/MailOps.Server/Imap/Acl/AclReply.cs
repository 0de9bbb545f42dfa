using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Acl;

/// <summary>Tells of rights (RFC 4314 sections 3.6 to 3.8).</summary>
internal static class AclReply
{
    /// <summary>Who has which rights: a pair for what is granted, and one, with a dash, for what is denied.</summary>
    public static void Access(ImapReplyWriter replies, string mailbox, MailboxAccess access)
    {
        replies.Raw("* ACL "u8);
        replies.Mailbox(mailbox);
        foreach (var entry in access.Entries)
        {
            if (entry.Granted is { } granted)
                Pair(replies, entry.Identifier.ToString(), granted);
            if (entry.Denied is { } denied)
                Pair(replies, "-" + entry.Identifier, denied);
        }

        replies.EndLine();
    }

    /// <summary>The client's own rights.</summary>
    public static void MyRights(ImapReplyWriter replies, string mailbox, MailboxRights rights)
    {
        replies.Raw("* MYRIGHTS "u8);
        replies.Mailbox(mailbox);
        replies.Raw(" "u8);
        replies.AString(RightsText.Tell(rights));
        replies.EndLine();
    }

    /// <summary>The rights that an identifier always has, and those that it can be given, none tied to another (section 3.7).</summary>
    /// <param name="replies">Where to.</param>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="identifier">As the client wrote it.</param>
    /// <param name="always">The rights that it always has.</param>
    /// <param name="never">The rights that it never has.</param>
    public static void ListRights(ImapReplyWriter replies, string mailbox, string identifier, MailboxRights always, MailboxRights never)
    {
        replies.Raw("* LISTRIGHTS "u8);
        replies.Mailbox(mailbox);
        replies.Raw(" "u8);
        replies.AString(identifier);
        replies.Raw(" "u8);
        replies.AString(RightsText.Format(always));
        foreach (var letter in RightsText.Format(MailboxRights.All & ~always & ~never) + "cd")
        {
            replies.Raw(" "u8);
            replies.Ascii(letter.ToString());
        }

        replies.EndLine();
    }

    private static void Pair(ImapReplyWriter replies, string identifier, MailboxRights rights)
    {
        replies.Raw(" "u8);
        replies.AString(identifier);
        replies.Raw(" "u8);
        replies.AString(RightsText.Tell(rights));
    }
}
