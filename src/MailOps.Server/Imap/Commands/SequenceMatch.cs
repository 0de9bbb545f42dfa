using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>Sequence numbers and the UIDs that a client knows them to have (RFC 7162 section 3.2.5.2): as many of the one as of the other, both ascending.</summary>
internal sealed record SequenceMatch(SequenceSet Numbers, SequenceSet Uids)
{
    /// <summary>Reads both sets with their parentheses.</summary>
    public static bool TryParse(ref ImapReader reader, out SequenceMatch? match)
    {
        match = null;
        if (!(reader.Is('(') && reader.SequenceSet(out var numbers) && reader.Space() && reader.SequenceSet(out var uids) && reader.Is(')')))
            return false;
        match = new SequenceMatch(numbers, uids);
        return IsAscending(numbers) && IsAscending(uids) && CountOf(numbers) == CountOf(uids);
    }

    /// <summary>The last of the UIDs up to which all pairs are as in the mailbox: of what is gone below it the client knows. 0 if not even the first is.</summary>
    public uint LastKnown(IReadOnlyList<MailboxMessage> view)
    {
        var (known, part, offset) = (0u, 0, 0u);
        foreach (var range in Numbers.Ranges)
        {
            for (var number = range.First; number <= range.Last && number <= (uint)view.Count; number++)
            {
                var uids = Uids.Ranges[part];
                if (view[(int)number - 1].Uid != uids.First + offset)
                    return known;
                known = uids.First + offset;
                (part, offset) = known == uids.Last ? (part + 1, 0) : (part, offset + 1);
            }

            // The rest is beyond the mailbox.
            if (range.Last > (uint)view.Count)
                break;
        }

        return known;
    }

    private static bool IsAscending(SequenceSet set)
    {
        if (!QResyncArguments.IsPlain(set))
            return false;
        var last = 0u;
        foreach (var range in set.Ranges)
        {
            if (range.First <= last || range.Last < range.First)
                return false;
            last = range.Last;
        }

        return true;
    }

    private static ulong CountOf(SequenceSet set) => set.Ranges.Aggregate(0ul, (count, range) => count + range.Last - range.First + 1);
}
