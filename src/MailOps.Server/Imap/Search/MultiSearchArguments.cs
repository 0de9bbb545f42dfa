using MailOps.Server.Imap.Notify;

namespace MailOps.Server.Imap.Search;

/// <summary>What to search for, and where (RFC 7377 section 4).</summary>
/// <param name="Sources">Where; none for the selected mailbox.</param>
/// <param name="Search">What to search for, and what to tell of it.</param>
internal readonly record struct MultiSearchArguments(IReadOnlyList<MailboxFilter> Sources, SearchArguments Search)
{
    // Each is held against each mailbox.
    private const int MostSources = 100;

    /// <summary>True if the selected mailbox is named as that, or nothing is named.</summary>
    public bool NamesSelected => Sources.Count == 0 || Sources.Any(source => source.IsSelected);

    /// <summary>True if the selected mailbox is all that is named.</summary>
    public bool NamesSelectedAlone => Sources.All(source => source.IsSelected);

    /// <summary>Reads them with the space before them.</summary>
    public static bool TryParse(ref ImapReader reader, out MultiSearchArguments arguments)
    {
        arguments = default;
        var sources = new List<MailboxFilter>();
        var before = reader;
        if (reader.Space() && reader.IsWord("IN"))
        {
            if (!reader.Space() || !TryParseSources(ref reader, sources))
                return false;
        }
        else
        {
            reader = before;
        }

        if (!SearchArguments.TryParse(ref reader, out var search))
            return false;
        arguments = new MultiSearchArguments(sources, search);
        return true;
    }

    // No scope-option is defined yet, and one that is not known would be a search of something else.
    private static bool TryParseSources(ref ImapReader reader, List<MailboxFilter> sources)
    {
        if (!reader.Is('('))
            return false;
        do
        {
            if (sources.Count == MostSources || !MailboxFilter.TryParse(ref reader, out var source) || source.Kind == MailboxFilterKind.SelectedDelayed)
                return false;
            sources.Add(source);
        }
        while (reader.Space());
        return reader.Is(')');
    }
}
