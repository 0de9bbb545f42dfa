namespace MailOps.Server.Imap.Lists;

/// <summary>What LIST is asked.</summary>
/// <param name="Reference">What stands before each pattern.</param>
/// <param name="Patterns">Names, with wildcards or without.</param>
internal readonly record struct ListArguments(string Reference, IReadOnlyList<string> Patterns)
{
    // Each is held against each name.
    private const int MaxPatterns = 100;

    /// <summary>Which mailboxes are meant of those that fit.</summary>
    public ListSelection Selection { get; init; }

    /// <summary>What to tell of them.</summary>
    public ListReturn Return { get; init; }

    /// <summary>True if it says so in a way that RFC 3501 does not have: an empty pattern is no question for the separator then.</summary>
    public bool IsExtended { get; init; }

    /// <summary>The patterns behind the reference.</summary>
    public IReadOnlyList<MailboxPattern> ToPatterns()
    {
        var reference = Reference;
        return [.. Patterns.Where(pattern => pattern.Length > 0).Select(pattern => new MailboxPattern(reference + pattern))];
    }

    /// <summary>Reads a reference and a pattern, as LSUB has them.</summary>
    public static bool TryParsePlain(ref ImapReader reader, out ListArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var reference) && reader.Space() && reader.ListMailbox(out var pattern)))
            return false;
        arguments = new ListArguments(reference, [pattern]);
        return true;
    }

    /// <summary>Reads all that LIST may have (RFC 5258 section 6).</summary>
    public static bool TryParse(ref ImapReader reader, out ListArguments arguments)
    {
        arguments = default;
        var selection = default(ListSelection);
        if (!reader.Space())
            return false;
        var hasSelection = reader.Sees('(');
        if (hasSelection && !(ListSelection.TryParse(ref reader, out selection) && reader.Space()))
            return false;
        if (!(reader.Mailbox(out var reference) && reader.Space()))
            return false;
        var hasPatterns = reader.Sees('(');
        if (!TryParsePatterns(ref reader, out var patterns) || !ListReturn.TryParse(ref reader, out var options, out var hasReturn))
            return false;
        arguments = new ListArguments(reference, patterns) { Selection = selection, Return = options, IsExtended = hasSelection || hasPatterns || hasReturn };
        return true;
    }

    private static bool TryParsePatterns(ref ImapReader reader, out IReadOnlyList<string> patterns)
    {
        var read = new List<string>(1);
        patterns = read;
        var isList = reader.Is('(');
        do
        {
            if (read.Count == MaxPatterns || !reader.ListMailbox(out var pattern))
                return false;
            read.Add(pattern);
        }
        while (isList && reader.Space());
        return !isList || reader.Is(')');
    }
}
