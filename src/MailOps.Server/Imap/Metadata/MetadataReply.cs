namespace MailOps.Server.Imap.Metadata;

/// <summary>Writes entries with their values (RFC 5464 section 4.4.1).</summary>
internal static class MetadataReply
{
    /// <summary>The names of entries that have changed (RFC 5464 section 4.4.2).</summary>
    /// <param name="replies">Where to.</param>
    /// <param name="mailbox">The mailbox; empty for the account.</param>
    /// <param name="names">The names.</param>
    public static void WriteNames(ImapReplyWriter replies, string mailbox, IReadOnlyList<string> names)
    {
        replies.Raw("* METADATA "u8);
        replies.Mailbox(mailbox);
        foreach (var name in names)
        {
            replies.Raw(" "u8);
            replies.AString(name);
        }

        replies.EndLine();
    }

    /// <summary>One response for all entries of a mailbox; none if there are none.</summary>
    /// <param name="replies">Where to.</param>
    /// <param name="mailbox">The mailbox, or null for the account.</param>
    /// <param name="entries">Names and values; what has none is NIL.</param>
    public static async ValueTask WriteAsync(ImapReplyWriter replies, string? mailbox, IReadOnlyList<(string Name, ReadOnlyMemory<byte>? Value)> entries)
    {
        if (entries.Count == 0)
            return;
        replies.Raw("* METADATA "u8);
        replies.Mailbox(mailbox ?? "");
        var separator = " ("u8.ToArray();
        foreach (var (name, value) in entries)
        {
            replies.Raw(separator);
            replies.AString(name);
            replies.Raw(" "u8);
            replies.NOctets(value);
            separator = " "u8.ToArray();
            await replies.FlushIfLargeAsync();
        }

        replies.Raw(")\r\n"u8);
    }
}
