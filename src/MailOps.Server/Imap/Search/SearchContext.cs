using System.Collections.Concurrent;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Search;

/// <summary>What is the same for all messages of one search: the time, what <c>$</c> stands for, and the sets of the client with their stars resolved.</summary>
/// <param name="now">When the search began.</param>
/// <param name="saved">The UIDs that <c>$</c> stands for.</param>
internal sealed class SearchContext(DateTimeOffset now, NumberRanges saved)
{
    // Two processors may be looking at messages.
    private readonly ConcurrentDictionary<NumbersKey, NumberRanges> _sets = new(ReferenceEqualityComparer.Instance);

    // The UIDs of what sequence numbers named, where the search goes on.
    private readonly Dictionary<NumbersKey, NumberRanges> _kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>When the search began.</summary>
    public DateTimeOffset Now => now;

    /// <summary>True if the set of a key names a message.</summary>
    public bool Names(NumbersKey key, SearchedMessage message)
    {
        if (key.Set.HasSaved && saved.Contains(message.Message.Uid))
            return true;
        if (_kept.TryGetValue(key, out var uids))
            return uids.Contains(message.Message.Uid);
        if (!_sets.TryGetValue(key, out var ranges))
            _sets[key] = ranges = key.Set.Resolve(key.Numbers == MessageNumbers.Uid ? message.GreatestUid : (uint)message.Count);
        return ranges.Contains(key.Numbers == MessageNumbers.Uid ? message.Message.Uid : (uint)message.SequenceNumber);
    }

    /// <summary>
    /// The same search in the same mailbox later: sequence numbers name the messages that they name now (RFC 5267 section 4.3), and the star
    /// of UIDs the last message that there is then.
    /// </summary>
    /// <param name="key">What is searched for.</param>
    /// <param name="view">The mailbox as it is now.</param>
    public SearchContext Keep(SearchKey key, IReadOnlyList<MailboxMessage> view)
    {
        var kept = new SearchContext(now, saved);
        foreach (var numbers in key.All.OfType<NumbersKey>().Where(part => part.Numbers == MessageNumbers.Sequence))
            kept._kept[numbers] = UidsOf(numbers.Set.Resolve((uint)view.Count), view);
        return kept;
    }

    /// <summary>Has the stars of UIDs resolved anew.</summary>
    public void Renew() => _sets.Clear();

    private static NumberRanges UidsOf(NumberRanges numbers, IReadOnlyList<MailboxMessage> view) => NumberRanges.Of(numbers.Ranges
        .Select(range => (Low: Math.Max(range.Low, 1), High: Math.Min(range.High, (uint)view.Count)))
        .Where(range => range.Low <= range.High)
        .Select(range => (view[(int)range.Low - 1].Uid, view[(int)range.High - 1].Uid)));
}
