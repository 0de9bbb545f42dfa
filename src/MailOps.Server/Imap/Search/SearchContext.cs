namespace MailOps.Server.Imap.Search;

/// <summary>What is the same for all messages of one search: the time, what <c>$</c> stands for, and the sets of the client with their stars resolved.</summary>
/// <param name="now">When the search began.</param>
/// <param name="saved">The UIDs that <c>$</c> stands for.</param>
internal sealed class SearchContext(DateTimeOffset now, NumberRanges saved)
{
    private readonly Dictionary<NumbersKey, NumberRanges> _sets = new(ReferenceEqualityComparer.Instance);

    /// <summary>When the search began.</summary>
    public DateTimeOffset Now => now;

    /// <summary>True if the set of a key names a message.</summary>
    public bool Names(NumbersKey key, SearchedMessage message)
    {
        if (!_sets.TryGetValue(key, out var ranges))
            _sets.Add(key, ranges = key.Set.Resolve(key.Numbers == MessageNumbers.Uid ? message.GreatestUid : (uint)message.Count));
        return ranges.Contains(key.Numbers == MessageNumbers.Uid ? message.Message.Uid : (uint)message.SequenceNumber)
            || (key.Set.HasSaved && saved.Contains(message.Message.Uid));
    }
}
