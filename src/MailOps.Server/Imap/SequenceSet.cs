using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <summary>A sequence set or UID set as the client wrote it (RFC 9051's sequence-set). <see cref="Star"/> stands for <c>*</c>.</summary>
/// <param name="Ranges">Its parts.</param>
/// <param name="HasSaved">True if <c>$</c> is one more: what the last search saved (RFC 5182).</param>
internal readonly record struct SequenceSet(IReadOnlyList<SequenceRange> Ranges, bool HasSaved = false)
{
    /// <summary>The greatest number in use, whatever it is.</summary>
    public const uint Star = 0;

    /// <summary>Parts of a set at the most; a longer one is refused.</summary>
    public const int MaxRanges = 10_000;

    /// <summary>The numbers that the set names, without <c>$</c>, where the greatest in use is <paramref name="greatest"/>.</summary>
    public NumberRanges Resolve(uint greatest) => NumberRanges.Of(Ranges.Select(range => range.Resolve(greatest)));

    /// <summary>
    /// The places in a view that the set names: ascending, each once. Null if a sequence number is beyond the view,
    /// which is an error; UIDs that are not there are passed over (RFC 3501 section 6.4.8).
    /// </summary>
    /// <param name="view">The view.</param>
    /// <param name="numbers">What the numbers are.</param>
    /// <param name="saved">The UIDs that <c>$</c> stands for; those that are gone are passed over.</param>
    public MessageSelection? Resolve(IReadOnlyList<MailboxMessage> view, MessageNumbers numbers, NumberRanges saved)
    {
        var places = new List<Places>(Ranges.Count);
        var greatest = numbers == MessageNumbers.Sequence ? (uint)view.Count : view.Count == 0 ? 0 : view[^1].Uid;
        foreach (var range in Ranges)
        {
            var (low, high) = range.Resolve(greatest);
            if (numbers == MessageNumbers.Sequence)
            {
                // "1:*" of an empty mailbox names nothing; any other number that is not there is the client's mistake.
                if (view.Count == 0 && range.HasStar)
                    continue;
                if (low == 0 || high > (uint)view.Count)
                    return null;
                places.Add(new Places((int)low - 1, (int)high - 1));
            }
            else
            {
                AddByUid(view, low, high, places);
            }
        }

        foreach (var (low, high) in HasSaved ? saved.Ranges : [])
            AddByUid(view, low, high, places);
        return new MessageSelection(view, Merge(places));
    }

    private static void AddByUid(IReadOnlyList<MailboxMessage> view, uint low, uint high, List<Places> places)
    {
        var first = FirstAtOrAbove(view, low);
        var last = high == uint.MaxValue ? view.Count - 1 : FirstAtOrAbove(view, high + 1) - 1;
        if (first <= last)
            places.Add(new Places(first, last));
    }

    private static List<Places> Merge(List<Places> places)
    {
        if (places.Count < 2)
            return places;

        places.Sort((a, b) => a.First.CompareTo(b.First));
        var merged = new List<Places>(places.Count) { places[0] };
        foreach (var next in places)
        {
            var last = merged[^1];
            if (next.First <= last.Last + 1)
                merged[^1] = last with { Last = Math.Max(last.Last, next.Last) };
            else
                merged.Add(next);
        }

        return merged;
    }

    /// <summary>The place of the first message with this UID or a higher one.</summary>
    public static int FirstAtOrAbove(IReadOnlyList<MailboxMessage> view, uint uid)
    {
        var (low, high) = (0, view.Count);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            if (view[middle].Uid < uid)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}

/// <summary>One part of a set: a number, or two in either order.</summary>
internal readonly record struct SequenceRange(uint First, uint Last)
{
    public bool HasStar => First == SequenceSet.Star || Last == SequenceSet.Star;

    /// <summary>The range in ascending order with <c>*</c> replaced. So <c>559:*</c> names the last message even where its UID is below 559.</summary>
    public (uint Low, uint High) Resolve(uint greatest)
    {
        var first = First == SequenceSet.Star ? greatest : First;
        var last = Last == SequenceSet.Star ? greatest : Last;
        return first <= last ? (first, last) : (last, first);
    }
}

/// <summary>Places in a view from one to another, both included, counted from 0.</summary>
internal readonly record struct Places(int First, int Last);
