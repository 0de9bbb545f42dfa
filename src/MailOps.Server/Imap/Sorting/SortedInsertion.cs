using MailOps.Maildir;
using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Sorting;

/// <summary>Finds where messages belong among others that are sorted already. Of those a few are looked at, as many as halving takes, and none is kept.</summary>
/// <param name="mailbox">The mailbox.</param>
/// <param name="sorter">The order.</param>
internal sealed class SortedInsertion(IMailbox mailbox, MessageSorter sorter)
{
    private readonly Dictionary<uint, SortColumn[]> _seen = [];

    /// <summary>Finds the places.</summary>
    /// <param name="order">The UIDs of those that are sorted, in their order.</param>
    /// <param name="added">Places in the view of those to add.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>The UIDs to add, sorted, each with the number of those of <paramref name="order"/> that stand before it.</returns>
    public async ValueTask<List<(uint Uid, int Before)>> FindAsync(IReadOnlyList<uint> order, IReadOnlyList<int> added, CancellationToken cancel)
    {
        var found = new List<(uint Uid, int Before)>(added.Count);
        var low = 0;
        foreach (var place in await sorter.SortAsync(added, progress: null, cancel))
        {
            var uid = mailbox.Messages[place].Uid;
            var high = order.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (await CompareAsync(order[middle], uid, cancel) < 0)
                    low = middle + 1;
                else
                    high = middle;
            }

            // The next one belongs behind this one.
            found.Add((uid, low));
        }

        return found;
    }

    private async ValueTask<int> CompareAsync(uint one, uint other, CancellationToken cancel)
    {
        var (columns, others) = (await ColumnsOfAsync(one, cancel), await ColumnsOfAsync(other, cancel));
        for (var i = 0; i < columns.Length; i++)
        {
            var order = columns[i].Compare(0, others[i], 0);
            if (order != 0)
                return order;
        }

        return one.CompareTo(other);
    }

    private async ValueTask<SortColumn[]> ColumnsOfAsync(uint uid, CancellationToken cancel)
    {
        if (!_seen.TryGetValue(uid, out var columns))
            _seen.Add(uid, columns = await sorter.CollectAsync([SequenceSet.FirstAtOrAbove(mailbox.Messages, uid)], progress: null, cancel));
        return columns;
    }
}
