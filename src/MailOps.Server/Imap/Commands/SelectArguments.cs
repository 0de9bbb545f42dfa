namespace MailOps.Server.Imap.Commands;

/// <summary>The mailbox to select, and how (RFC 4466 section 2.1, select-param).</summary>
/// <param name="Mailbox">Its name.</param>
/// <param name="Given">The name as the client gave it: INBOX may be in any case.</param>
/// <param name="CondStore">True if CONDSTORE is given (RFC 7162 section 3.1.8).</param>
/// <param name="QResync">What QRESYNC says that the client knows; null if it is not given (RFC 7162 section 3.2.5).</param>
internal readonly record struct SelectArguments(string Mailbox, string Given, bool CondStore, QResyncArguments? QResync)
{
    public static bool TryParse(ref ImapReader reader, out SelectArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox, out var given)))
            return false;
        arguments = new SelectArguments(mailbox, given, CondStore: false, QResync: null);
        if (reader.End)
            return true;
        if (!(reader.Space() && reader.Is('(')))
            return false;
        do
        {
            if (!reader.Word(out var parameter) || !TryParse(ref reader, parameter, ref arguments))
                return false;
        }
        while (reader.Space());
        return reader.Is(')');
    }

    // Each at most once.
    private static bool TryParse(ref ImapReader reader, string parameter, ref SelectArguments arguments)
    {
        switch (parameter)
        {
            case "CONDSTORE" when !arguments.CondStore:
                arguments = arguments with { CondStore = true };
                return true;
            case "QRESYNC" when arguments.QResync is null:
                if (!reader.Space() || !QResyncArguments.TryParse(ref reader, out var known))
                    return false;
                arguments = arguments with { QResync = known };
                return true;
            default:
                return false;
        }
    }
}
