using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;

namespace MailOps.Server.Queue;

/// <content>What an administrator sees and does.</content>
internal sealed partial class MailQueue
{
    /// <summary>What the sender of a message hears that an administrator removed.</summary>
    internal static readonly SmtpReply Removed = new(554, new EnhancedStatusCode(5, 7, 1), "The message was removed from the queue by the administrator");

    /// <summary>The destinations that messages wait for.</summary>
    public IReadOnlyList<QueueState> States()
    {
        lock (_gate)
        {
            var now = Now;
            var suspended = _jobs.Values.SelectMany(Chain).Where(job => job.Entry.IsSuspended).CountBy(job => job.Destination).ToDictionary();
            var scheduled = _jobs.Values.SelectMany(Chain).Where(job => !job.Entry.IsSuspended && job.Entry.IsScheduled(now)).CountBy(job => job.Destination).ToDictionary();
            return [.. _destinations.Values.Where(destination => destination.Count > 0).OrderBy(destination => destination.Name, StringComparer.Ordinal).Select(destination => new QueueState(
                destination.Name,
                destination.Count,
                suspended.GetValueOrDefault(destination),
                destination.Connections,
                destination.LastError?.ToString(),
                destination.NextTry(now),
                destination.RetryAt > now)
            {
                Scheduled = scheduled.GetValueOrDefault(destination),
                Incoming = destination.Rates(now).Incoming,
                Outgoing = destination.Rates(now).Outgoing,
            })];
        }
    }

    /// <summary>One of them, or null if nothing waits for it.</summary>
    public QueueState? StateOf(string target) => States().FirstOrDefault(state => state.Target == target);

    /// <summary>The first messages that came after one, by arrival.</summary>
    public IReadOnlyList<QueueId> FirstAfter(QueueId after, int most)
    {
        var first = new FirstIds(most);
        lock (_gate)
        {
            foreach (var id in _jobs.Keys)
            {
                if (id.Value > after.Value)
                    first.Add(id);
            }
        }

        return first.InOrder();
    }

    /// <summary>A message, its destinations, what went wrong with one of them last, and whether it is being sent; null if it is not in the queue.</summary>
    public QueuePlace? PlaceOf(QueueId id)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(id, out var first))
                return null;
            var jobs = Chain(first).ToList();
            return new QueuePlace(
                first.Entry,
                [.. jobs.Select(job => job.Destination.Name).Order(StringComparer.Ordinal)],
                jobs.Select(job => job.Destination.LastError).FirstOrDefault(error => error is not null)?.ToString(),
                jobs.Exists(job => job.IsUnderWay),
                jobs.Select(job => job.Destination.RetryAt is { } retry && retry > job.Due ? retry : job.Due).DefaultIfEmpty(first.Entry.Due).Min());
        }
    }

    /// <summary>Opens a message of the queue.</summary>
    /// <returns>Null if it has left.</returns>
    public Task<SpooledMessage?> OpenAsync(QueueEntry entry) => _settlement.InTurnAsync(entry, () => Task.FromResult(Contains(entry.Id) ? Spool.TryOpen(entry) : null));

    /// <summary>Holds a message, or lets it go on, at once. One that is being sent is held if it is not taken.</summary>
    /// <exception cref="Maildir.MailStoreException">The change is not durable.</exception>
    public async Task<QueueChange> SuspendAsync(QueueId id, bool isSuspended)
    {
        if (Find(id) is not { } first)
            return QueueChange.NotFound;
        var change = await _settlement.InTurnAsync(first.Entry, async () =>
        {
            if (!Contains(id))
                return QueueChange.NotFound;
            if (first.Entry.IsSuspended == isSuspended)
                return QueueChange.Unchanged;
            await Spool.ChangeAsync(first.Entry, [], first.Entry.Name with { IsSuspended = isSuspended });
            return QueueChange.Done;
        });
        if (change is QueueChange.Done)
            Replace(id);
        return change;
    }

    /// <summary>Has all that waits for a domain with a route of its own tried at once (RFC 1985), once in a minute at the most.</summary>
    /// <param name="domain">The domain with A-labels, in small letters.</param>
    /// <returns>How many messages wait; null if the domain has no route.</returns>
    public int? TryNow(string domain)
    {
        if (Routes.RouteOf(domain) is not { } target)
            return null;
        lock (_gate)
        {
            var now = Now;
            var destinations = _destinations.Values.Where(destination => destination.Target.Text == target.Text).ToList();
            var asked = destinations.Where(destination => destination.TryNow(now)).ToHashSet();
            if (asked.Count == 0)
                return destinations.Sum(destination => destination.Count);

            var jobs = _jobs.Values.SelectMany(Chain)
                .Where(job => job.Destination.Target.Text == target.Text && job.Entry is { IsSuspended: false } && (!job.Entry.HasRelease || job.Entry.Released <= now) && (job.Entry.NextHop ?? domain) == domain).ToList();
            foreach (var job in jobs.Where(job => !job.IsUnderWay && job.Due > now && asked.Contains(job.Destination)))
            {
                job.Due = now;
                job.Destination.Wait(job, Now);
            }

            foreach (var destination in asked.Where(_ => !_stopping.IsCancellationRequested))
                Pump(destination, now);
            return jobs.Count;
        }
    }

    /// <summary>Removes a message that is not being sent.</summary>
    /// <param name="id">The message.</param>
    /// <param name="withReport">True if its sender is told that it failed.</param>
    /// <exception cref="Maildir.MailStoreException">It is not durable.</exception>
    public async Task<QueueChange> RemoveAsync(QueueId id, bool withReport)
    {
        if (TakeAll(id, out var jobs) is { } problem)
            return problem;
        if (withReport)
        {
            foreach (var job in jobs)
                await _settlement.TryAsync(job, (_, recipients) => Task.FromResult<Attempt?>(new Attempt(null, null, [.. recipients.Select(recipient => new RecipientOutcome(recipient.Number, Removed))])));
            return Contains(id) ? QueueChange.UnderWay : QueueChange.Done;
        }

        try
        {
            // Nobody else is at it: all of its jobs are taken.
            using var message = Spool.TryOpen(jobs[0].Entry);
            await Spool.RemoveAsync(jobs[0].Entry);
            if (message is not null)
                TellRemoved(jobs, message);
        }
        catch
        {
            foreach (var job in jobs)
                Finish(job, job.Due, isGone: false);
            throw;
        }

        foreach (var job in jobs)
            Finish(job, due: null, isGone: true);
        return QueueChange.Done;
    }

    /// <summary>Gives a message that is not being sent another route, and tries it there at once.</summary>
    /// <param name="id">The message.</param>
    /// <param name="route">The route's target, or null for the one that the domain of each recipient has.</param>
    /// <exception cref="Maildir.MailStoreException">It is not durable.</exception>
    public async Task<QueueChange> MoveAsync(QueueId id, RouteTarget? route)
    {
        if (TakeAll(id, out var jobs) is { } problem)
            return problem;
        try
        {
            var (change, targets) = await _settlement.MoveAsync(jobs, route?.Text);
            if (change is QueueChange.Done)
                Replace(jobs, targets);
            else
                jobs.ForEach(job => Finish(job, job.Due, isGone: false));
            return change;
        }
        catch
        {
            // How much of it is in the file nobody knows: it is read again.
            foreach (var job in jobs)
                Finish(job, job.Unwritten.Count > 0 ? job.Due : null, isGone: false);
            throw;
        }
    }

    private void TellRemoved(List<QueueJob> jobs, SpooledMessage message)
    {
        foreach (var job in jobs)
        {
            var numbers = message.Recipients.Where(recipient => !recipient.IsFinal && TargetOf(recipient).Text == job.Destination.Target.Text).Select(recipient => recipient.Number);
            var record = new SpoolRecord { Time = Now, Event = SpoolEvent.Failed, Recipients = [.. numbers], Reply = $"{Removed}, and nobody was told" };
            if (record.Recipients.Length > 0)
                Observer.Recorded(job.Entry, message.Envelope, record, job.Destination.Name);
        }
    }

    private QueueJob? Find(QueueId id)
    {
        lock (_gate)
            return _jobs.GetValueOrDefault(id);
    }

    /// <summary>Takes all jobs of a message out of turn.</summary>
    /// <returns>What is in the way, or null.</returns>
    private QueueChange? TakeAll(QueueId id, out List<QueueJob> jobs)
    {
        jobs = [];
        lock (_gate)
        {
            if (!_jobs.TryGetValue(id, out var first))
                return QueueChange.NotFound;
            jobs = [.. Chain(first)];
            if (jobs.Exists(job => job.IsUnderWay))
                return QueueChange.UnderWay;
            foreach (var job in jobs)
                TakeOut(job);
            return null;
        }
    }

    private void Replace(List<QueueJob> jobs, IReadOnlyList<RouteTarget> targets)
    {
        lock (_gate)
        {
            var entry = jobs[0].Entry;
            var (account, release) = _held.Find(entry.Id);
            foreach (var job in jobs)
                Finish(job, due: null, isGone: true);
            Place(entry, targets, isNew: true);
            _held.Add(entry.Id, account, release);
            PumpAll(entry.Id);
        }
    }

    // Those that are being sent find out when they are done.
    private void Replace(QueueId id)
    {
        lock (_gate)
        {
            foreach (var job in _jobs.TryGetValue(id, out var first) ? Chain(first).Where(job => !job.IsUnderWay) : [])
            {
                job.Move();
                job.Destination.Wait(job, Now);
            }

            PumpAll(id);
        }
    }
}
