namespace MailOps.Server.Queue.Administration;

/// <summary>The lowest of many ids, in room for so many.</summary>
internal sealed class FirstIds(int most)
{
    private readonly PriorityQueue<QueueId, ulong> _highestFirst = new(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));

    /// <summary>Takes an id in.</summary>
    /// <returns>False if it is above all that there is room for.</returns>
    public bool Add(QueueId id)
    {
        if (_highestFirst.Count < most)
        {
            _highestFirst.Enqueue(id, id.Value);
            return true;
        }

        return _highestFirst.EnqueueDequeue(id, id.Value) != id;
    }

    /// <summary>Those that are left, the lowest first.</summary>
    public IReadOnlyList<QueueId> InOrder() => [.. _highestFirst.UnorderedItems.Select(item => item.Element).OrderBy(id => id.Value)];
}
