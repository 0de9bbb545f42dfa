namespace MailOps.Server.Imap.Search;

/// <summary>What to search for. A charset other than US-ASCII and UTF-8 is kept to be refused.</summary>
internal readonly record struct SearchArguments(string? Charset, SearchKey Key)
{
    public static bool TryParse(ref ImapReader reader, out SearchArguments arguments)
    {
        arguments = default;
        if (!reader.Space())
            return false;

        string? charset = null;
        if (reader.IsWord("CHARSET") && !(reader.Space() && reader.AString(out charset) && reader.Space()))
            return false;
        if (!SearchKeyParser.TryParse(ref reader, out var key))
            return false;
        arguments = new SearchArguments(charset, key);
        return true;
    }

    /// <summary>True if texts are in a charset that is known here.</summary>
    public bool IsCharsetKnown => Charset is null
        || Charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase)
        || Charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase);
}
