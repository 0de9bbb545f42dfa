using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>What stands before a message of APPEND: <c>append-message</c> of RFC 3502, up to the announcement of its octets.</summary>
/// <param name="Flags">The flags that it gets.</param>
/// <param name="Date">The time of its arrival; null for now.</param>
/// <param name="IsBinary">True if its octets come as a literal8, and may be any (RFC 3516).</param>
internal readonly record struct AppendItem(MessageFlagSet Flags, DateTimeOffset? Date, bool IsBinary)
{
    /// <summary>Reads flags, date and the announcement, after the space.</summary>
    public static bool TryParse(ref ImapReader reader, out AppendItem item, out LiteralHeader literal)
    {
        (item, literal) = (default, default);
        var flags = MessageFlagSet.None;
        if (reader.Sees('(') && !(reader.FlagList(out flags) && reader.Space()))
            return false;

        DateTimeOffset? date = null;
        if (reader.Sees('"'))
        {
            if (!(reader.DateTime(out var given) && reader.Space()))
                return false;
            date = given;
        }

        item = new AppendItem(flags, date, reader.Is('~'));
        return reader.LiteralHeader(out literal);
    }
}
