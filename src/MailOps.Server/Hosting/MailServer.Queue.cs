using MailOps.Maildir;
using MailOps.Server.Queue;

namespace MailOps.Server.Hosting;

/// <summary>The queue of mail for other servers.</summary>
public sealed partial class MailServer
{
    /// <summary>The destinations that messages wait for; none without <see cref="OutboundOptions.Enabled"/>.</summary>
    /// <param name="serverId">The server's number, for the results.</param>
    public IReadOnlyList<MailQueueInfo> GetQueues(int serverId) =>
        [.. (_outbound.Queue?.States() ?? []).Select(state => MailQueueInfo.Of(serverId, state, Options.Clock.GetUtcNow()))];

    /// <summary>The messages that wait, by arrival. Each is read when it comes; one that leaves meanwhile is left out.</summary>
    /// <param name="serverId">The server's number, for the results.</param>
    /// <param name="isAsked">Tells by its id and its next hops whether a message is one of them, before it is read.</param>
    /// <exception cref="MailStoreException">The disk broke.</exception>
    public async IAsyncEnumerable<MailQueueMessage> GetQueueMessagesAsync(int serverId, Func<string, IReadOnlyList<string>, bool> isAsked)
    {
        if (_outbound.Queue is not { } queue)
            yield break;
        foreach (var (entry, targets, isUnderWay) in queue.Entries().Where(one => isAsked(one.Entry.Id.ToString(), one.Targets)))
        {
            using var message = await queue.OpenAsync(entry);
            if (message is not null)
                yield return MailQueueMessage.Of(serverId, message, targets, isUnderWay, targets.Select(queue.LastErrorOf).FirstOrDefault(error => error is not null));
        }
    }

    /// <summary>Holds a message in the queue, or lets it go on.</summary>
    /// <param name="id">The message's id.</param>
    /// <param name="isSuspended">True to hold it.</param>
    /// <exception cref="MailStoreException">The change is not durable.</exception>
    public Task<QueueChange> SuspendQueueMessageAsync(string id, bool isSuspended) =>
        QueueId.TryParse(id, out var parsed) && _outbound.Queue is { } queue ? queue.SuspendAsync(parsed, isSuspended) : Task.FromResult(QueueChange.NotFound);

    /// <summary>Removes a message from the queue that is not being sent.</summary>
    /// <param name="id">The message's id.</param>
    /// <param name="withReport">True if its sender is told that it failed.</param>
    /// <exception cref="MailStoreException">The change is not durable.</exception>
    public Task<QueueChange> RemoveQueueMessageAsync(string id, bool withReport) =>
        QueueId.TryParse(id, out var parsed) && _outbound.Queue is { } queue ? queue.RemoveAsync(parsed, withReport) : Task.FromResult(QueueChange.NotFound);
}
