using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue.Administration;

/// <summary>The queue of a server that runs in this process.</summary>
/// <param name="queue">The queue.</param>
/// <param name="testRoute">Who knows what would become of mail for an address.</param>
internal sealed class RunningQueue(MailQueue queue, Func<RouteQuestion, CancellationToken, Task<IReadOnlyList<MailRouteStep>>> testRoute) : IQueueAccess
{
    /// <inheritdoc/>
    public Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel) =>
        Task.FromResult(PageLimits.Of(queue.States().Where(state => filter.AsksFor(state.Target)).Select(state => MailQueueInfo.Of(state, queue.Now)), after));

    /// <inheritdoc/>
    public async Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel)
    {
        var limits = new PageLimits();
        var found = new List<MailQueueMessage>();
        var last = QueueCursor.Parse(after);
        var next = filter.Ids.Count > 0 ? QueueCursor.Of(filter.Ids, last) : queue.FirstAfter(last, PageLimits.MostLooked);
        foreach (var id in next)
        {
            cancel.ThrowIfCancellationRequested();
            if (limits.IsReached)
                return new QueuePage<MailQueueMessage>(found, last.ToString());
            last = id;
            if (queue.PlaceOf(id) is { } place && filter.AsksFor(place.Targets))
                await TakeAsync(place);
        }

        return new QueuePage<MailQueueMessage>(found, filter.Ids.Count == 0 && next.Count == PageLimits.MostLooked ? last.ToString() : null);

        async Task TakeAsync(QueuePlace place)
        {
            using var message = await queue.OpenAsync(place.Entry);
            if (message is not null && filter.AsksFor(message.Envelope.Sender, MailQueueMessage.WaitingFor(message)))
                found.Add(limits.Counted(MailQueueMessage.Of(message, place.Targets, place.IsUnderWay, place.LastError, place.NextTry, queue.Now)));
        }
    }

    /// <inheritdoc/>
    public Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel)
    {
        if (!QueueId.TryParse(order.Id, out var id))
            return Task.FromResult(QueueChange.NotFound);
        return order.Action switch
        {
            QueueAction.Suspend or QueueAction.Resume => queue.SuspendAsync(id, order.Action is QueueAction.Suspend),
            QueueAction.Move => queue.MoveAsync(id, TargetOf(order)),
            QueueAction.Remove or QueueAction.RemoveWithReport => queue.RemoveAsync(id, order.Action is QueueAction.RemoveWithReport),
            _ => throw new ArgumentOutOfRangeException(nameof(order)),
        };
    }

    /// <inheritdoc/>
    public async Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel)
    {
        var message = QueueId.TryParse(id, out var parsed) && queue.PlaceOf(parsed) is { } place ? await queue.OpenAsync(place.Entry) : null;
        return message is null ? null : Exported(message);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel) => testRoute(question, cancel);

    /// <summary>The route of an order, or null for the usual one.</summary>
    /// <exception cref="QueueAccessException">It is none.</exception>
    internal static RouteTarget? TargetOf(QueueOrder order) =>
        order.Route is null ? null
        : RouteTarget.TryParse(order.Route, out var target, out var error) ? target
        : throw new QueueAccessException(QueueAccessFault.Invalid, error);

    /// <summary>A message that is open, to be copied.</summary>
    internal static ExportedMessage Exported(SpooledMessage message) =>
        new(ExportedEnvelope.TextOf(message), message.Content.Length, message.Content.AsStream(), () =>
        {
            message.Dispose();
            return ValueTask.CompletedTask;
        });
}
