namespace MailOps.Server.Imap.Search;

/// <summary>What to search for, and what to tell of it. A charset other than US-ASCII and UTF-8 is kept to be refused.</summary>
/// <param name="Return">What to tell; null for all numbers in a line.</param>
/// <param name="Charset">The charset of its texts, or null if none was named.</param>
/// <param name="Key">What to search for.</param>
internal readonly record struct SearchArguments(ReturnOptions? Return, string? Charset, SearchKey Key)
{
    public static bool TryParse(ref ImapReader reader, out SearchArguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !ReturnOptions.TryParse(ref reader, out var options))
            return false;

        string? charset = null;
        if (reader.IsWord("CHARSET") && !(reader.Space() && reader.AString(out charset) && reader.Space()))
            return false;
        if (!SearchKeyParser.TryParse(ref reader, out var key))
            return false;
        arguments = new SearchArguments(options, charset, key);
        return true;
    }

    /// <summary>Reads a charset and keys, as SORT and THREAD have them (RFC 5256 section 5, search-criteria).</summary>
    public static bool TryParseCriteria(ref ImapReader reader, ReturnOptions? options, out SearchArguments arguments)
    {
        arguments = default;
        if (!(reader.AString(out var charset) && reader.Space() && SearchKeyParser.TryParse(ref reader, out var key)))
            return false;
        arguments = new SearchArguments(options, charset, key);
        return true;
    }

    /// <summary>True if texts are in a charset that is known here.</summary>
    public bool IsCharsetKnown => Charset is null
        || Charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase)
        || Charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase);
}
