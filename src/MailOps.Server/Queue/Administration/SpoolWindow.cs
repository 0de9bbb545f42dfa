using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue.Administration;

/// <summary>The messages of a spool by arrival, as many as a window has room for in memory: a list that goes on moves the window. Nobody else changes the spool meanwhile.</summary>
internal sealed class SpoolWindow(Spool spool)
{
    private const int Room = 65_536;

    private QueueEntry[] _entries = [];
    private QueueId _after;
    private bool _isLast;
    private bool _isRead;

    /// <summary>The first messages that came after one; those that have left meanwhile may be among them.</summary>
    public IReadOnlyList<QueueEntry> After(QueueId after, int most)
    {
        if (!_isRead || after.Value < _after.Value || (!_isLast && _entries.Length - IndexAfter(after) < most))
            Read(after);
        var start = IndexAfter(after);
        return new ArraySegment<QueueEntry>(_entries, start, Math.Min(most, _entries.Length - start));
    }

    /// <summary>A message, or null if there is none of that id.</summary>
    public QueueEntry? Find(QueueId id)
    {
        var at = IndexAfter(id) - 1;
        if (at >= 0 && _entries[at].Id == id)
            return _entries[at];
        return spool.Find(id);
    }

    private int IndexAfter(QueueId after)
    {
        var (from, to) = (0, _entries.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (_entries[middle].Id.Value > after.Value)
                to = middle;
            else
                from = middle + 1;
        }

        return from;
    }

    private void Read(QueueId after)
    {
        var first = new PriorityQueue<QueueEntry, ulong>(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));
        var isLast = true;
        spool.List(entry =>
        {
            if (entry.Id.Value <= after.Value)
                return;
            if (first.Count < Room)
            {
                first.Enqueue(entry, entry.Id.Value);
                return;
            }

            isLast = false;
            first.EnqueueDequeue(entry, entry.Id.Value);
        });
        _entries = [.. first.UnorderedItems.Select(item => item.Element).OrderBy(entry => entry.Id.Value)];
        (_after, _isLast, _isRead) = (after, isLast, true);
    }
}
