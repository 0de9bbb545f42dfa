using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>Tells of an account's quota (RFC 9208 section 4.2.1). All mailboxes of an account are under its one quota root; public ones under none.</summary>
internal static class QuotaReply
{
    /// <summary>The name of the root, which is Dovecot's.</summary>
    public const string Root = "User quota";

    private const int Unit = 1024;

    /// <summary>The root of an account's mailboxes, as a client of another account, or of the same, sees it.</summary>
    public static string RootOf(string owner, string account) => owner == account ? Root : $"{Root} {owner}";

    /// <summary>The account that a root belongs to; null for none.</summary>
    public static string? OwnerOf(string root, string account) =>
        root == Root ? account : root.StartsWith(Root + " ", StringComparison.Ordinal) && root[(Root.Length + 1)..] is { Length: > 0 } owner && owner != account ? owner : null;

    /// <summary>Writes the response: what is limited alone.</summary>
    public static void Write(ImapReplyWriter replies, string root, MailQuotaUsage usage)
    {
        replies.Raw("* QUOTA "u8);
        replies.String(root);
        replies.Raw(" ("u8);
        var isFirst = true;
        if (usage.Limit.Bytes is { } bytes)
            Resource(replies, "STORAGE ", (usage.Bytes + Unit - 1) / Unit, bytes / Unit, ref isFirst);
        if (usage.Limit.Messages is { } messages)
            Resource(replies, "MESSAGE ", usage.Messages, messages, ref isFirst);
        if (usage.MaxMailboxes is { } mailboxes)
            Resource(replies, "MAILBOX ", usage.Mailboxes, mailboxes, ref isFirst);
        replies.Raw(")\r\n"u8);
    }

    private static void Resource(ImapReplyWriter replies, string name, long used, long limit, ref bool isFirst)
    {
        if (!isFirst)
            replies.Raw(" "u8);
        isFirst = false;
        replies.Ascii(name);
        replies.Number(used);
        replies.Raw(" "u8);
        replies.Number(limit);
    }
}
