using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>What knows routes, and has no queue.</summary>
internal sealed class RouteOnly(Func<RouteQuestion, CancellationToken, Task<IReadOnlyList<MailRouteStep>>> test) : IQueueAccess
{
    public Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel) => throw NoQueue();

    public Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel) => throw NoQueue();

    public Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel) => throw NoQueue();

    public Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel) => throw NoQueue();

    public Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel) => test(question, cancel);

    private static QueueAccessException NoQueue() => new(QueueAccessFault.NoQueue, "There is no queue here.");
}
