namespace MailOps.Server.Imap.Lists;

/// <summary>What LIST is to tell of a mailbox beside its name (RFC 5258 section 3.2, RFC 5819). Whether it has children is told always.</summary>
internal readonly record struct ListReturn
{
    /// <summary>Whether it is subscribed.</summary>
    public bool Subscribed { get; init; }

    /// <summary>What a STATUS behind it tells; null for none.</summary>
    public StatusItems? Status { get; init; }

    /// <summary>Reads <c>RETURN (...)</c> if it comes next.</summary>
    /// <returns>False if it is there and cannot be read.</returns>
    public static bool TryParse(ref ImapReader reader, out ListReturn options, out bool isThere)
    {
        options = default;
        isThere = reader.Space();
        if (!isThere)
            return true;
        if (!(reader.IsWord("RETURN") && reader.Space() && reader.Is('(')))
            return false;
        if (reader.Is(')'))
            return true;
        do
        {
            if (!reader.Word(out var word) || !options.TryTake(word, ref reader, out options))
                return false;
        }
        while (reader.Space());
        return reader.Is(')');
    }

    private bool TryTake(string word, ref ImapReader reader, out ListReturn options)
    {
        options = this;
        switch (word)
        {
            case "SUBSCRIBED":
                options = this with { Subscribed = true };
                return true;
            case "CHILDREN":
                return true;
            case "STATUS" when reader.Space() && StatusItems.TryParse(ref reader, out var items):
                options = this with { Status = items };
                return true;
            default:
                return false;
        }
    }
}
