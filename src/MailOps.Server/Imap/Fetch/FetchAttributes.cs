using System.Text;

namespace MailOps.Server.Imap.Fetch;

/// <summary>What is told of messages that come, in a FETCH that nobody asked for then (RFC 5465 sections 5.2 and 7). It never sets \Seen.</summary>
/// <param name="Items">What to tell.</param>
/// <param name="Sections">Parts of the body to tell.</param>
internal sealed record FetchAttributes(FetchItems Items, IReadOnlyList<BodySection> Sections)
{
    /// <summary>Nothing.</summary>
    public static FetchAttributes None { get; } = new(FetchItems.None, []);

    /// <summary>True if there is nothing to tell.</summary>
    public bool IsEmpty => Items == FetchItems.None && Sections.Count == 0;

    /// <summary>Reads them in parentheses.</summary>
    public static bool TryParse(ref ImapReader reader, out FetchAttributes attributes)
    {
        var read = FetchArguments.TryParseItems(ref reader, out var items, out var sections);
        attributes = new FetchAttributes(items, sections);
        return read;
    }

    /// <summary>These and others, nothing twice.</summary>
    public FetchAttributes With(FetchAttributes others) => IsEmpty ? others : others.IsEmpty ? this : new FetchAttributes(
        Items | others.Items,
        [.. Sections.Concat(others.Sections).DistinctBy(section => (Encoding.UTF8.GetString(section.ResponseName), section.Partial))]);
}
