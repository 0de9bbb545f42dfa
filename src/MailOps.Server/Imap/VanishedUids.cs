using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <summary>Which messages were expunged since a client was here last (VANISHED (EARLIER), RFC 7162 section 3.2.10.1).</summary>
internal static class VanishedUids
{
    /// <summary>
    /// UIDs of messages that were expunged after a mod-sequence. Where that is not known any more: of all messages that are not there
    /// (section 3.2.6, note).
    /// </summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="asked">The UIDs that the client asks for.</param>
    /// <param name="above">The UID up to which, with itself, the client knows; 0 for none.</param>
    /// <param name="since">The mod-sequence.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The UIDs in ranges, ascending.</returns>
    public static async ValueTask<IReadOnlyList<UidRange>> FindAsync(IMailbox mailbox, NumberRanges asked, uint above, ulong since, CancellationToken cancel)
    {
        if (asked.Ranges.Count == 0)
            return [];
        var expunged = await mailbox.ExpungedSinceAsync(since, cancel);
        return Missing(mailbox, Common(asked, expunged ?? [new UidRange(1, uint.MaxValue)]), above);
    }

    /// <summary>UIDs in ranges, runs joined.</summary>
    public static IReadOnlyList<UidRange> RangesOf(IReadOnlyList<uint> uids) => [.. NumberRanges.Of(uids).Ranges.Select(range => new UidRange(range.Low, range.High))];

    // What both have. Both ascend.
    private static List<UidRange> Common(NumberRanges asked, IReadOnlyList<UidRange> expunged)
    {
        var common = new List<UidRange>();
        for (var (i, j) = (0, 0); i < asked.Ranges.Count && j < expunged.Count;)
        {
            var (low, high) = (Math.Max(asked.Ranges[i].Low, expunged[j].First), Math.Min(asked.Ranges[i].High, expunged[j].Last));
            if (low <= high)
                common.Add(new UidRange(low, high));
            if (asked.Ranges[i].High < expunged[j].Last)
                i++;
            else
                j++;
        }

        return common;
    }

    // Nobody was told of what is at UIDNEXT or above it, and what the view shows is not gone.
    private static List<UidRange> Missing(IMailbox mailbox, List<UidRange> ranges, uint above)
    {
        var missing = new List<UidRange>();
        var view = mailbox.Messages;
        foreach (var range in ranges)
        {
            var next = Math.Max(range.First, above + 1ul);
            var last = Math.Min(range.Last, mailbox.UidNext - 1ul);
            for (var i = SequenceSet.FirstAtOrAbove(view, (uint)Math.Min(next, uint.MaxValue)); i < view.Count && view[i].Uid <= last; i++)
            {
                Add(next, view[i].Uid - 1ul);
                next = view[i].Uid + 1ul;
            }

            Add(next, last);
        }

        return missing;

        void Add(ulong first, ulong last)
        {
            if (first > last)
                return;
            if (missing.Count > 0 && missing[^1].Last + 1ul == first)
                missing[^1] = missing[^1] with { Last = (uint)last };
            else
                missing.Add(new UidRange((uint)first, (uint)last));
        }
    }
}
