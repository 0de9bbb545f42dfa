using MailKit.Search;

namespace MailOps.Client.Mailboxes;

/// <summary>Which messages of a folder are wanted. The server looks for them; all that is said must hold.</summary>
public sealed record ImapFilter
{
    /// <summary>Flags such as <c>\Seen</c> and keywords that a message has, all of them.</summary>
    public IReadOnlyCollection<string> Flag { get; init; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    public IReadOnlyCollection<string> NotFlag { get; init; } = [];

    /// <summary>Messages that arrived then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Messages that arrived earlier.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Messages with more octets.</summary>
    public long? LargerThan { get; init; }

    /// <summary>Messages with fewer octets.</summary>
    public long? SmallerThan { get; init; }

    /// <summary>Text that is somewhere in a field of the header, by the field's name.</summary>
    public IReadOnlyDictionary<string, string> Header { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Text that is somewhere in the message.</summary>
    public string? Text { get; init; }

    /// <summary>Search keys as the protocol has them (RFC 9051 section 6.4.4), or null.</summary>
    public string? Query { get; init; }

    /// <summary>True if a day of the protocol's search does not say all of a time.</summary>
    internal bool HasTimes => Since is not null || Before is not null;

    /// <summary>The search, but for <see cref="Query"/>; null if all messages are wanted. Its days take in what may have arrived in any zone.</summary>
    internal SearchQuery? ToSearch()
    {
        var all = new List<SearchQuery>();
        foreach (var (names, isThere) in new[] { (Flag, true), (NotFlag, false) })
        {
            var (system, keywords) = MessageFlagNames.Parse(names);
            if (system != MailKit.MessageFlags.None)
                all.AddRange(Each(system).Select(flag => isThere ? SearchQuery.HasFlags(flag) : SearchQuery.NotFlags(flag)));
            all.AddRange(keywords.Select(keyword => isThere ? SearchQuery.HasKeyword(keyword) : SearchQuery.NotKeyword(keyword)));
        }

        if (Since is { } since)
            all.Add(SearchQuery.DeliveredAfter(since.UtcDateTime.Date.AddDays(-1)));
        if (Before is { } before)
            all.Add(SearchQuery.DeliveredBefore(before.UtcDateTime.Date.AddDays(2)));
        if (LargerThan is { } larger)
            all.Add(SearchQuery.LargerThan((int)Math.Min(larger, int.MaxValue)));
        if (SmallerThan is { } smaller)
            all.Add(SearchQuery.SmallerThan((int)Math.Min(smaller, int.MaxValue)));
        all.AddRange(Header.Select(field => SearchQuery.HeaderContains(field.Key, field.Value)));
        if (Text is { } text)
            all.Add(SearchQuery.MessageContains(text));
        return all.Count == 0 ? null : all.Aggregate((one, other) => one.And(other));
    }

    private static IEnumerable<MailKit.MessageFlags> Each(MailKit.MessageFlags flags) =>
        Enum.GetValues<MailKit.MessageFlags>().Where(flag => flag is not (MailKit.MessageFlags.None or MailKit.MessageFlags.UserDefined) && flags.HasFlag(flag));
}
