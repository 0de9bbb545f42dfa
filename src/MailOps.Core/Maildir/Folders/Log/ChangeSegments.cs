namespace MailOps.Maildir.Folders.Log;

/// <summary>What the records of a log say in the end about each UID.</summary>
internal static class ChangeSegments
{
    /// <summary>
    /// The last word on every UID that any record names, as records that do not overlap, ascending. Of two records that name
    /// a UID the one with the higher mod-sequence counts; of equal ones, the later.
    /// </summary>
    internal static List<ChangeRecord> Resolve(IReadOnlyList<ChangeRecord> records)
    {
        var order = new int[records.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (left, right) => records[left].First.CompareTo(records[right].First));

        var result = new List<ChangeRecord>();
        var open = new PriorityQueue<int, (ulong ModSeq, int Order)>(Comparer<(ulong ModSeq, int Order)>.Create(static (left, right) => right.CompareTo(left)));
        var next = 0;
        var at = 0ul;
        while (next < order.Length || open.Count > 0)
        {
            if (open.Count == 0)
                at = Math.Max(at, records[order[next]].First);
            for (; next < order.Length && records[order[next]].First <= at; next++)
                open.Enqueue(order[next], (records[order[next]].ModSeq, order[next]));
            while (open.TryPeek(out var over, out _) && records[over].Last < at)
                open.Dequeue();
            if (!open.TryPeek(out var top, out _))
                continue;

            var end = (ulong)records[top].Last;
            if (next < order.Length)
                end = Math.Min(end, records[order[next]].First - 1ul);
            Add(result, records[top] with { First = (uint)at, Last = (uint)end });
            at = end + 1;
        }

        return result;
    }

    /// <summary>The place of the record that names a UID, or of the first one after it.</summary>
    internal static int Find(List<ChangeRecord> segments, uint uid)
    {
        var (low, high) = (0, segments.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].Last < uid)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Adds a record at the end, or lengthens the last one.</summary>
    internal static void Add(List<ChangeRecord> records, ChangeRecord record)
    {
        if (records.Count > 0 && records[^1] is var last
            && last.Last + 1ul == record.First && last.ModSeq == record.ModSeq && last.Letters == record.Letters && last.IsExpunge == record.IsExpunge)
            records[^1] = last with { Last = record.Last };
        else
            records.Add(record);
    }
}
