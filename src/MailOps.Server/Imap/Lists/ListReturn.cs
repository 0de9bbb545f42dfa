using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Lists;

/// <summary>What LIST is to tell of a mailbox beside its name (RFC 5258 section 3.2, RFC 5819, RFC 9590, RFC 8440). Whether it has children, and what it is for, is told always.</summary>
internal readonly record struct ListReturn
{
    /// <summary>Whether it is subscribed.</summary>
    public bool Subscribed { get; init; }

    /// <summary>What a STATUS behind it tells; null for none.</summary>
    public StatusItems? Status { get; init; }

    /// <summary>The annotations that a METADATA behind it tells (RFC 9590); null for none.</summary>
    public IReadOnlyList<string>? Metadata { get; init; }

    /// <summary>Whether a MYRIGHTS behind it tells the rights on it (RFC 8440).</summary>
    public bool MyRights { get; init; }

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
            case "MYRIGHTS":
                options = this with { MyRights = true };
                return true;
            // These are told always.
            case "CHILDREN" or "SPECIAL-USE":
                return true;
            case "METADATA" when reader.Space() && reader.Sees('(') && EntryName.TryParseList(ref reader, out var entries):
                options = this with { Metadata = entries };
                return true;
            case "STATUS" when reader.Space() && StatusItems.TryParse(ref reader, out var items):
                options = this with { Status = items };
                return true;
            default:
                return false;
        }
    }
}
