using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Threads;

/// <summary>How to thread (RFC 5256 section 3).</summary>
internal enum ThreadAlgorithm
{
    OrderedSubject,
    References,
}

/// <summary>How to thread, and what of the messages that are found.</summary>
/// <param name="Algorithm">How.</param>
/// <param name="Search">The search; it names a charset.</param>
internal readonly record struct ThreadArguments(ThreadAlgorithm Algorithm, SearchArguments Search)
{
    public static bool TryParse(ref ImapReader reader, out ThreadArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Word(out var word) && reader.Space() && SearchArguments.TryParseCriteria(ref reader, null, out var search)))
            return false;
        arguments = new ThreadArguments(word == "REFERENCES" ? ThreadAlgorithm.References : ThreadAlgorithm.OrderedSubject, search);
        return word is "REFERENCES" or "ORDEREDSUBJECT";
    }
}
