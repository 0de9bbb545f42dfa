using System.Runtime.CompilerServices;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>The lists of a queue, page by page: the next is asked for when the one before was taken.</summary>
internal static class MailQueueLists
{
    /// <summary>The destinations.</summary>
    public static IAsyncEnumerable<MailQueueInfo> QueuesAsync(MailQueueSource source, QueueFilter filter, CancellationToken cancel) =>
        AllAsync(after => source.Queue.GetQueuesAsync(filter, after, cancel), queue => Named(queue, source), cancel);

    /// <summary>The messages.</summary>
    public static IAsyncEnumerable<MailQueueMessage> MessagesAsync(MailQueueSource source, QueueFilter filter, CancellationToken cancel) =>
        AllAsync(after => source.Queue.GetMessagesAsync(filter, after, cancel), message => Named(message, source), cancel);

    private static async IAsyncEnumerable<T> AllAsync<T>(Func<string?, Task<QueuePage<T>>> ask, Func<T, T> name, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? after = null;
        do
        {
            cancel.ThrowIfCancellationRequested();
            var page = await ask(after).ConfigureAwait(false);
            foreach (var item in page.Items)
                yield return name(item);
            after = page.After;
        }
        while (after is not null);
    }

    private static MailQueueInfo Named(MailQueueInfo queue, MailQueueSource source) => queue.From(source.ServerId, source.StorePath);

    private static MailQueueMessage Named(MailQueueMessage message, MailQueueSource source) => message.From(source.ServerId, source.StorePath);
}
