namespace MailOps.Server.Queue.Administration;

/// <summary>How much one page of a list brings, and how long it takes at the most.</summary>
internal sealed class PageLimits
{
    /// <summary>Messages that are looked at for one page.</summary>
    public const int MostLooked = 4096;

    private const int MostFound = 1000;
    private const long MostCharacters = 1024 * 1024;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private readonly long _end = Environment.TickCount64 + (long)MostTime.TotalMilliseconds;
    private int _found;
    private long _characters;

    /// <summary>True once the page is full.</summary>
    public bool IsReached => _found >= MostFound || _characters >= MostCharacters || Environment.TickCount64 >= _end;

    /// <summary>Counts a message that was found.</summary>
    public MailQueueMessage Counted(MailQueueMessage message)
    {
        _found++;
        _characters += 500 + (message.Subject?.Length ?? 0) + message.Recipient.Sum(recipient => recipient.Length);
        return message;
    }

    /// <summary>A page of destinations, which are ordered by name.</summary>
    public static QueuePage<MailQueueInfo> Of(IEnumerable<MailQueueInfo> queues, string? after)
    {
        var page = queues.Where(queue => after is null || string.CompareOrdinal(queue.NextHopDomain, after) > 0).Take(MostFound).ToList();
        return new QueuePage<MailQueueInfo>(page, page.Count == MostFound ? page[^1].NextHopDomain : null);
    }
}
