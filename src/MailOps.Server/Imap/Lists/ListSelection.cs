namespace MailOps.Server.Imap.Lists;

/// <summary>Which mailboxes LIST is to tell of (RFC 5258 section 3.1).</summary>
internal readonly record struct ListSelection
{
    /// <summary>Those alone that are subscribed, whether they exist or not.</summary>
    public bool Subscribed { get; init; }

    /// <summary>Those as well below which one is told of that fits no pattern.</summary>
    public bool RecursiveMatch { get; init; }

    /// <summary>Those alone that are for something (RFC 6154).</summary>
    public bool SpecialUse { get; init; }

    /// <summary>True if not all mailboxes are meant.</summary>
    public bool IsChoice => Subscribed || SpecialUse;

    /// <summary>The choice as CHILDINFO tells it (RFC 5258 section 3.5).</summary>
    public string ChildInfo => Subscribed && SpecialUse ? "\"SUBSCRIBED\" \"SPECIAL-USE\"" : SpecialUse ? "\"SPECIAL-USE\"" : "\"SUBSCRIBED\"";

    /// <summary>Reads options in parentheses. One that is given twice counts once.</summary>
    public static bool TryParse(ref ImapReader reader, out ListSelection selection)
    {
        selection = default;
        if (!reader.Is('('))
            return false;
        if (!reader.Is(')'))
        {
            do
            {
                if (!reader.Word(out var word) || !selection.TryTake(word, out selection))
                    return false;
            }
            while (reader.Space());
            if (!reader.Is(')'))
                return false;
        }

        // It says nothing without a choice (RFC 5258 section 3.1).
        return selection.IsChoice || !selection.RecursiveMatch;
    }

    private bool TryTake(string word, out ListSelection selection)
    {
        selection = word switch
        {
            "SUBSCRIBED" => this with { Subscribed = true },
            "SPECIAL-USE" => this with { SpecialUse = true },
            "RECURSIVEMATCH" => this with { RecursiveMatch = true },
            _ => this,
        };
        // No mailbox of another server is listed here.
        return word is "SUBSCRIBED" or "SPECIAL-USE" or "RECURSIVEMATCH" or "REMOTE";
    }
}
