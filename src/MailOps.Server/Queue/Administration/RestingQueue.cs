using MailOps.Maildir;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Administration;

/// <summary>
/// A queue that no server has: its files are looked at and changed where they lie. Routes are a server's; here mail waits for its domains.
/// Used by one at a time.
/// </summary>
internal sealed class RestingQueue : IQueueAccess, IAsyncDisposable
{
    private readonly MaildirStore _store;
    private readonly Spool _spool;
    private readonly SpoolWindow _window;
    private readonly TimeProvider _clock;
    private List<OutboundTried> _happened = [];

    private RestingQueue(MaildirStore store, Spool spool, TimeProvider clock)
    {
        (_store, _spool, _clock) = (store, spool, clock);
        _window = new SpoolWindow(spool);
    }

    /// <summary>Takes the queue of a store.</summary>
    /// <param name="storePath">The store's folder, which has a queue.</param>
    /// <param name="clock">The time.</param>
    /// <returns>Null if another has it.</returns>
    /// <exception cref="MailStoreException">The disk does not do its part.</exception>
    public static async Task<RestingQueue?> TryOpenAsync(string storePath, TimeProvider clock)
    {
        var store = new MaildirStore(storePath, new MaildirStoreOptions { TimeProvider = clock, UsesNotification = false });
        try
        {
            if (await Spool.TryOpenAsync(store) is { } spool)
                return new RestingQueue(store, spool, clock);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }

        await store.DisposeAsync();
        return null;
    }

    /// <inheritdoc/>
    public Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel)
    {
        var states = new RestingStates(this, _clock.GetUtcNow());
        _spool.List(entry =>
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var target in TargetsOf(entry))
                states.Count(target, entry);
        });
        return Task.FromResult(PageLimits.Of(states.All().Where(state => filter.AsksFor(state.Target)).Select(state => MailQueueInfo.Of(state, _clock.GetUtcNow())), after));
    }

    /// <inheritdoc/>
    public Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel)
    {
        var limits = new PageLimits();
        var found = new List<MailQueueMessage>();
        var last = QueueCursor.Parse(after);
        var next = filter.Ids.Count > 0
            ? [.. QueueCursor.Of(filter.Ids, last).Select(_window.Find).OfType<QueueEntry>()]
            : _window.After(last, PageLimits.MostLooked);
        foreach (var entry in next)
        {
            cancel.ThrowIfCancellationRequested();
            if (limits.IsReached)
                return Task.FromResult(new QueuePage<MailQueueMessage>(found, last.ToString()));
            last = entry.Id;
            if (!CouldBeFor(entry, filter))
                continue;
            using var message = _spool.TryOpen(entry);
            if (message is null || !MailQueueMessage.WaitingFor(message).Any() || !filter.AsksFor(message.Envelope.Sender, MailQueueMessage.WaitingFor(message)))
                continue;
            var targets = TargetsOf(message);
            if (filter.AsksFor(targets))
                found.Add(limits.Counted(MailQueueMessage.Of(message, targets, isUnderWay: false, lastError: null, entry.Due, _clock.GetUtcNow())));
        }

        return Task.FromResult(new QueuePage<MailQueueMessage>(found, filter.Ids.Count == 0 && next.Count == PageLimits.MostLooked ? last.ToString() : null));
    }

    /// <inheritdoc/>
    public async Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel)
    {
        var target = RunningQueue.TargetOf(order);
        if (!QueueId.TryParse(order.Id, out var id) || _window.Find(id) is not { } entry)
            return QueueChange.NotFound;
        using var message = _spool.TryOpen(entry);
        if (message is null)
            return QueueChange.NotFound;
        switch (order.Action)
        {
            case QueueAction.Suspend or QueueAction.Resume:
                var isSuspended = order.Action is QueueAction.Suspend;
                if (entry.IsSuspended == isSuspended)
                    return QueueChange.Unchanged;
                await _spool.ChangeAsync(entry, [], entry.Name with { IsSuspended = isSuspended });
                return QueueChange.Done;
            case QueueAction.Move:
                var moved = await MovedMessage.WriteAsync(_spool, message, [], target?.Text, _clock.GetUtcNow());
                if (moved is QueueChange.Done)
                    Note(message, MovedMessage.RecordOf(message.Recipients.Where(recipient => !recipient.IsFinal), _clock.GetUtcNow()), target);
                return moved;
            case QueueAction.RemoveWithReport when await TryFailAsync(message) is { } change:
                return change;
            case QueueAction.Remove or QueueAction.RemoveWithReport:
                var waiting = message.Recipients.Where(recipient => !recipient.IsFinal || order.Action is QueueAction.RemoveWithReport).ToList();
                await _spool.RemoveAsync(entry);
                Note(message, Failed(waiting) with { Reply = $"{MailQueue.Removed}, and nobody was told" }, target: null);
                return QueueChange.Done;
            default:
                throw new ArgumentOutOfRangeException(nameof(order));
        }
    }

    /// <inheritdoc/>
    public Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel)
    {
        var message = QueueId.TryParse(id, out var parsed) && _window.Find(parsed) is { } entry ? _spool.TryOpen(entry) : null;
        return Task.FromResult(message is null ? null : RunningQueue.Exported(message));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel) => throw NoRoutes(_spool.Path);

    /// <summary>What is said of routes where no server is.</summary>
    public static QueueAccessException NoRoutes(string queuePath) =>
        new(QueueAccessFault.Invalid, $"No server has the queue '{queuePath}', so nobody knows its routes.");

    /// <summary>What became of messages since it was asked for last.</summary>
    public IReadOnlyList<OutboundTried> TakeHappened()
    {
        var happened = _happened;
        _happened = [];
        return happened;
    }

    /// <summary>Lets others have the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        _spool.Dispose();
        await _store.DisposeAsync();
    }

    /// <summary>What went wrong last with a message, or null.</summary>
    internal string? LastErrorOf(QueueEntry entry)
    {
        using var message = _spool.TryOpen(entry);
        return message?.Recipients.Where(recipient => !recipient.IsFinal).Select(recipient => recipient.Last).OfType<SpoolRecord>().MaxBy(record => record.Time)?.Reply;
    }

    /// <summary>
    /// Has a message fail. Who makes reports knows its own name and the mailboxes of the sender, which is the server: it finds a report to be made when it starts.
    /// </summary>
    /// <returns>Null if nobody is to be told: the message can go at once.</returns>
    private async Task<QueueChange?> TryFailAsync(SpooledMessage message)
    {
        var waiting = message.Recipients.Where(recipient => !recipient.IsFinal).ToList();
        if (waiting.Count == 0)
            return QueueChange.Unchanged;
        var now = _clock.GetUtcNow();
        var failed = Failed(waiting);
        message.Take(failed);
        if (ReportPlan.For(message, now, new QueueOptions { WarnAfter = null }).Count == 0)
            return null;
        await _spool.ChangeAsync(message.Entry, [failed], message.Entry.Name with { Due = now, IsReporting = true, IsSuspended = false });
        Note(message, failed, target: null);
        return QueueChange.Done;
    }

    private SpoolRecord Failed(IEnumerable<RecipientState> recipients) =>
        new() { Time = _clock.GetUtcNow(), Event = SpoolEvent.Failed, Recipients = [.. recipients.Select(recipient => recipient.Number)], Reply = MailQueue.Removed.ToString() };

    // Which destination it waited for, the routes would say.
    private void Note(SpooledMessage message, SpoolRecord record, RouteTarget? target)
    {
        if (record.Recipients.Length > 0)
            _happened.Add(OutboundTried.Of(message.Entry, message.Envelope, record, target is null ? null : Scheduling.Destination.NameOf(target, message.Entry.Demand)));
    }

    // A name that tells its destination tells enough, unless nobody may wait for it any more.
    private static bool CouldBeFor(QueueEntry entry, QueueFilter filter) =>
        entry.NextHop is not { } nextHop || entry.IsReporting || filter.AsksFor(RouteTarget.Of(nextHop).Text);

    private IReadOnlyList<string> TargetsOf(QueueEntry entry)
    {
        if (entry is { NextHop: { } nextHop, IsReporting: false })
            return [RouteTarget.Of(nextHop).Text];
        using var message = _spool.TryOpen(entry);
        return message is null ? [] : TargetsOf(message);
    }

    private static IReadOnlyList<string> TargetsOf(SpooledMessage message) =>
        [.. message.Recipients.Where(recipient => !recipient.IsFinal).Select(recipient => recipient.Route ?? RouteTarget.Of(recipient.Recipient.NextHop).Text).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
