using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap.Search;

/// <summary>What a search is to tell, in place of every number in a line (RFC 4731, RFC 5182, RFC 5267, RFC 9394).</summary>
internal readonly record struct ReturnOptions
{
    /// <summary>What is told where nothing is said of it (RFC 4731 section 3.1).</summary>
    public static ReturnOptions Everything { get; } = new() { All = true };

    /// <summary>The lowest number, or the first in the order of a sort.</summary>
    public bool Min { get; init; }

    /// <summary>The highest number, or the last in the order of a sort.</summary>
    public bool Max { get; init; }

    /// <summary>All numbers, as a set.</summary>
    public bool All { get; init; }

    /// <summary>How many there are.</summary>
    public bool Count { get; init; }

    /// <summary>Nothing by itself: what was found is kept for <c>$</c>.</summary>
    public bool Save { get; init; }

    /// <summary>Those in this range alone.</summary>
    public PartialRange? Partial { get; init; }

    /// <summary>A hint that more of the same will be asked (RFC 5267 section 4.2). What keeps digests for all searches has no need of it.</summary>
    public bool Context { get; init; }

    /// <summary>Changes of the result are told from now on (RFC 5267 section 4.3).</summary>
    public bool Update { get; init; }

    /// <summary>What is told then of messages that come (RFC 5465 section 7).</summary>
    public FetchAttributes? UpdateAttributes { get; init; }

    /// <summary>True if there is something to tell. Saving alone is done in silence (RFC 5182 section 2.2).</summary>
    public bool Tells => IsPart || All || Count || Context || Update;

    /// <summary>True if some of what was found is named by its place.</summary>
    public bool IsPart => Min || Max || Partial is not null;

    /// <summary>Reads <c>RETURN (...)</c> and the space behind it, if that comes next. An empty list is ALL (RFC 4731 section 3.1).</summary>
    /// <returns>False if it is there and cannot be read.</returns>
    public static bool TryParse(ref ImapReader reader, out ReturnOptions? options)
    {
        options = null;
        if (!reader.IsWord("RETURN"))
            return true;
        if (!(reader.Space() && reader.Is('(')))
            return false;

        var read = new ReturnOptions();
        if (!reader.Is(')'))
        {
            do
            {
                if (!TryParseOption(ref reader, ref read))
                    return false;
            }
            while (reader.Space());
            if (!reader.Is(')'))
                return false;
        }

        // RFC 9394 section 3.1: all and a part of all are not asked for together.
        if (read is { All: true, Partial: not null } || !reader.Space())
            return false;
        options = read == default ? Everything : read;
        return true;
    }

    private static bool TryParseOption(ref ImapReader reader, ref ReturnOptions options)
    {
        if (!reader.Word(out var word))
            return false;
        switch (word)
        {
            case "MIN":
                options = options with { Min = true };
                return true;
            case "MAX":
                options = options with { Max = true };
                return true;
            case "ALL":
                options = options with { All = true };
                return true;
            case "COUNT":
                options = options with { Count = true };
                return true;
            case "SAVE":
                options = options with { Save = true };
                return true;
            case "CONTEXT":
                options = options with { Context = true };
                return true;
            case "UPDATE":
                options = options with { Update = true };
                if (!reader.Sees('(') && !reader.IsNext(" ("))
                    return true;
                reader.Space();
                var isRead = FetchAttributes.TryParse(ref reader, out var attributes);
                options = options with { UpdateAttributes = attributes };
                return isRead;
            case "PARTIAL" when options.Partial is null && reader.Space() && PartialRange.TryParse(ref reader, out var range):
                options = options with { Partial = range };
                return true;
            default:
                return false;
        }
    }
}
