using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Fetch;

/// <summary>Which messages, and what to tell of each.</summary>
/// <param name="Messages">The messages.</param>
/// <param name="Items">What to tell.</param>
/// <param name="Sections">Parts of the body to tell.</param>
/// <param name="ChangedSince">Of the messages only those that changed after this mod-sequence (CHANGEDSINCE); null for all.</param>
/// <param name="Vanished">True if those that were expunged after it are to be told (VANISHED).</param>
internal readonly record struct FetchArguments(SequenceSet Messages, FetchItems Items, IReadOnlyList<BodySection> Sections, ulong? ChangedSince, bool Vanished)
{
    /// <summary>Of those messages the ones in this range alone (RFC 9394 section 3.4); null for all.</summary>
    public PartialRange? Partial { get; init; }

    // Each section may make the server read the message once.
    private const int MaxSections = 200;

    public static bool TryParse(ref ImapReader reader, out FetchArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.SequenceSet(out var messages) && reader.Space()))
            return false;

        var (items, sections) = (FetchItems.None, (IReadOnlyList<BodySection>)[]);
        if (reader.Sees('(') ? !TryParseItems(ref reader, out items, out sections) : !TryParseOne(ref reader, out items, out sections))
            return false;

        arguments = new FetchArguments(messages, items, sections, ChangedSince: null, Vanished: false);
        return reader.End || TryParseModifiers(ref reader, ref arguments);
    }

    /// <summary>Reads items in parentheses.</summary>
    public static bool TryParseItems(ref ImapReader reader, out FetchItems items, out IReadOnlyList<BodySection> sections)
    {
        var read = new List<BodySection>();
        (items, sections) = (FetchItems.None, read);
        if (!reader.Is('('))
            return false;
        do
        {
            if (!TryParseItem(ref reader, ref items, read))
                return false;
        }
        while (reader.Space());
        return reader.Is(')');
    }

    private static bool TryParseOne(ref ImapReader reader, out FetchItems items, out IReadOnlyList<BodySection> sections)
    {
        var read = new List<BodySection>(1);
        (items, sections) = (FetchItems.None, read);
        return TryParseMacro(ref reader, ref items) || TryParseItem(ref reader, ref items, read);
    }

    // RFC 4466 section 2.4. CHANGEDSINCE adds MODSEQ (RFC 7162 section 3.1.4.1); VANISHED is nothing without it (section 3.2.6).
    private static bool TryParseModifiers(ref ImapReader reader, ref FetchArguments arguments)
    {
        if (!(reader.Space() && reader.Is('(')))
            return false;
        do
        {
            if (!arguments.Vanished && reader.IsWord("VANISHED"))
                arguments = arguments with { Vanished = true };
            else if (arguments.ChangedSince is null && reader.IsWord("CHANGEDSINCE") && reader.Space() && reader.ModSeq(out var since))
                arguments = arguments with { Items = arguments.Items | FetchItems.ModSeq, ChangedSince = since };
            else if (arguments.Partial is null && reader.IsWord("PARTIAL") && reader.Space() && PartialRange.TryParse(ref reader, out var range))
                arguments = arguments with { Partial = range };
            else
                return false;
        }
        while (reader.Space());
        return reader.Is(')') && (arguments.ChangedSince is not null || !arguments.Vanished);
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
                return section.Fields.Count == 0 || sections.Sum(one => one.Fields.Count) <= BodySection.MaxFields;
            case "BINARY" or "BINARY.PEEK" or "BINARY.SIZE":
                if (!BodySection.TryParseBinary(ref reader, word, out var binary))
                    return false;
                sections.Add(binary);
                return true;
            // What is kept or quickly made is told at once, so lazy is as good as not (RFC 8970 section 4.1).
            case "PREVIEW":
                items |= FetchItems.Preview;
                return !reader.IsNext(" (") || reader.IsNext(" (LAZY)", advance: true);
            case "SNIPPET":
                items |= FetchItems.Snippet;
                return !reader.IsNext(" (") || reader.IsNext(" (FUZZY)", advance: true) || reader.IsNext(" (LAZY=FUZZY)", advance: true);
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
            "SAVEDATE" => FetchItems.SaveDate,
            "EMAILID" => FetchItems.EmailId,
            "THREADID" => FetchItems.ThreadId,
            _ => FetchItems.None,
        };
        items |= item;
        return item != FetchItems.None;
    }
}
