namespace MailOps.Server.Imap.Commands;

/// <summary>The mailbox to select, and how (RFC 4466 section 2.1, select-param).</summary>
/// <param name="Mailbox">Its name.</param>
/// <param name="CondStore">True if CONDSTORE is given (RFC 7162 section 3.1.8).</param>
internal readonly record struct SelectArguments(string Mailbox, bool CondStore)
{
    public static bool TryParse(ref ImapReader reader, out SelectArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox)))
            return false;
        arguments = new SelectArguments(mailbox, CondStore: false);
        if (reader.End)
            return true;
        if (!(reader.Space() && reader.Is('(')))
            return false;
        do
        {
            if (!reader.Word(out var parameter) || parameter != "CONDSTORE" || arguments.CondStore)
                return false;
            arguments = arguments with { CondStore = true };
        }
        while (reader.Space());
        return reader.Is(')');
    }
}
