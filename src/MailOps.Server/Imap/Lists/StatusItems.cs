using MailOps.Maildir;

namespace MailOps.Server.Imap.Lists;

/// <summary>What STATUS, and LIST with STATUS, tell of a mailbox: the items in the client's order.</summary>
/// <param name="Items">Their names, in capitals.</param>
internal readonly record struct StatusItems(IReadOnlyList<string> Items)
{
    // An item twice is answered twice; more than all of them a few times over is nobody's wish.
    private const int MaxItems = 32;

    /// <summary>Reads a list of items in parentheses.</summary>
    public static bool TryParse(ref ImapReader reader, out StatusItems items)
    {
        var names = new List<string>();
        items = new StatusItems(names);
        if (!reader.Is('('))
            return false;
        do
        {
            if (names.Count == MaxItems || !reader.Word(out var name) || !IsKnown(name))
                return false;
            names.Add(name);
        }
        while (reader.Space());
        return reader.Is(')');
    }

    /// <summary>Remembers what the client shows that it knows by asking (RFC 7162 section 3.1).</summary>
    public void Enable(ImapSession session)
    {
        if (Items.Contains("HIGHESTMODSEQ", StringComparer.Ordinal))
            session.Enable(ImapExtensions.CondStore);
    }

    /// <summary>Writes the response about one mailbox.</summary>
    public void Write(ImapSession session, string mailbox, MailboxStatus status)
    {
        var replies = session.Replies;
        replies.Raw("* STATUS "u8);
        replies.Mailbox(mailbox);
        var separator = " ("u8;
        foreach (var item in Items)
        {
            replies.Raw(separator);
            replies.Ascii(item);
            replies.Raw(" "u8);
            if (item == "MAILBOXID")
                replies.Ascii($"({ObjectId.OfMailbox(status.Guid)})");
            else
                replies.Number(item switch
                {
                    "UIDVALIDITY" => session.Connection.ShownUidValidity(status.UidValidity),
                    "APPENDLIMIT" => session.Options.MaxMessageSize,
                    _ => Value(status, item),
                });
            separator = " "u8;
        }

        replies.Raw(")\r\n"u8);
    }

    private static bool IsKnown(string name) =>
        name is "MESSAGES" or "RECENT" or "UIDNEXT" or "UIDVALIDITY" or "UNSEEN" or "DELETED" or "DELETED-STORAGE" or "SIZE" or "HIGHESTMODSEQ" or "MAILBOXID" or "APPENDLIMIT";

    private static long Value(MailboxStatus status, string item) => item switch
    {
        "MESSAGES" => status.Messages,
        "RECENT" => status.Recent,
        "UIDNEXT" => status.UidNext,
        "UNSEEN" => status.Unseen,
        "DELETED" => status.Deleted,
        "DELETED-STORAGE" => status.DeletedSize,
        "HIGHESTMODSEQ" => (long)status.HighestModSeq,
        _ => status.Size,
    };
}
