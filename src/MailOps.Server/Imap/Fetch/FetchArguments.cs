namespace MailOps.Server.Imap.Fetch;

/// <summary>Which messages, and what to tell of each.</summary>
internal readonly record struct FetchArguments(SequenceSet Messages, FetchItems Items, IReadOnlyList<BodySection> Sections)
{
    // Each section may make the server read the message once.
    private const int MaxSections = 200;

    public static bool TryParse(ref ImapReader reader, out FetchArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.SequenceSet(out var messages) && reader.Space()))
            return false;

        var items = FetchItems.None;
        var sections = new List<BodySection>();
        if (reader.Is('('))
        {
            do
            {
                if (!TryParseItem(ref reader, ref items, sections))
                    return false;
            }
            while (reader.Space());
            if (!reader.Is(')'))
                return false;
        }
        else if (!TryParseMacro(ref reader, ref items) && !TryParseItem(ref reader, ref items, sections))
        {
            return false;
        }

        arguments = new FetchArguments(messages, items, sections);
        return true;
    }

    private static bool TryParseMacro(ref ImapReader reader, ref FetchItems items)
    {
        if (reader.IsWord("ALL"))
            items = FetchItems.All;
        else if (reader.IsWord("FAST"))
            items = FetchItems.Fast;
        else if (reader.IsWord("FULL"))
            items = FetchItems.Full;
        return items != FetchItems.None;
    }

    private static bool TryParseItem(ref ImapReader reader, ref FetchItems items, List<BodySection> sections)
    {
        if (!reader.Word(out var word) || sections.Count == MaxSections)
            return false;

        switch (word)
        {
            case "BODY" or "BODY.PEEK" when reader.Sees('['):
                if (!BodySection.TryParse(ref reader, peek: word == "BODY.PEEK", out var section))
                    return false;
                sections.Add(section);
                return true;
            case "RFC822":
                sections.Add(BodySection.Rfc822(word, SectionKind.Whole));
                return true;
            case "RFC822.HEADER":
                sections.Add(BodySection.Rfc822(word, SectionKind.Header));
                return true;
            case "RFC822.TEXT":
                sections.Add(BodySection.Rfc822(word, SectionKind.Text));
                return true;
        }

        var item = word switch
        {
            "UID" => FetchItems.Uid,
            "FLAGS" => FetchItems.Flags,
            "INTERNALDATE" => FetchItems.InternalDate,
            "RFC822.SIZE" => FetchItems.Size,
            "ENVELOPE" => FetchItems.Envelope,
            "BODY" => FetchItems.Body,
            "BODYSTRUCTURE" => FetchItems.BodyStructure,
            "MODSEQ" => FetchItems.ModSeq,
            _ => FetchItems.None,
        };
        items |= item;
        return item != FetchItems.None;
    }
}
