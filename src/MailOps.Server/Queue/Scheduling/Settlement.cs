using System.Collections.Concurrent;
using MailOps.Maildir;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Scheduling;

/// <summary>Tries a job, writes down what came of it: that is durable before the job goes on or ends. And tells the sender what must be told.</summary>
internal sealed class Settlement(MailQueue queue, ReportSender reports)
{
    // Every server takes as many with a message (RFC 5321 section 4.5.3.1.8).
    private const int MostRecipients = 100;

    // Several destinations and an administrator may be at one message, and its file has one name: who opens or changes it has the turn.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    // Reports that are made, while the file of their message does not say so: where that cannot be written, they are not made again.
    private readonly ConcurrentDictionary<QueueId, SentReport> _made = [];

    /// <summary>Tries a job. What goes wrong here leaves the message in the queue, and what the next server said of it is not forgotten.</summary>
    /// <param name="job">The job, taken.</param>
    /// <param name="attempt">Sends the message to those recipients, who get the same copy of it, and tells what came of it; null if it no longer can, and they wait.</param>
    public async Task TryAsync(QueueJob job, Func<SpooledMessage, IReadOnlyList<RecipientState>, Task<Attempt?>> attempt)
    {
        DateTimeOffset? due = queue.Now + queue.Options.FirstRetry;
        var isGone = false;
        try
        {
            (due, isGone) = await SettleAsync(job, attempt);
        }
#pragma warning disable CA1031 // A full disk, or a bug: the job is tried again, and the others go on.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            queue.Observer.Faulted(job.Entry.Id, e);
        }
#pragma warning restore CA1031
        finally
        {
            queue.Finish(job, due, isGone);
        }
    }

    /// <summary>Puts a file that holds no whole message aside.</summary>
    public async Task SetAsideAsync(QueueEntry entry)
    {
        try
        {
            queue.Observer.SetAside(entry.Id, await queue.Spool.SetAsideAsync(entry));
        }
        catch (MailStoreException e)
        {
            queue.Observer.Faulted(entry.Id, e);
        }
    }

    private async Task<(DateTimeOffset? Due, bool IsGone)> SettleAsync(QueueJob job, Func<SpooledMessage, IReadOnlyList<RecipientState>, Task<Attempt?>> attempt)
    {
        using var message = await InTurnAsync(job.Entry, () => Task.FromResult(queue.Spool.TryOpen(job.Entry)));
        if (message is null)
        {
            await SetAsideAsync(job.Entry);
            return (null, true);
        }

        job.Entry.Learn(message.Envelope);
        foreach (var record in job.Unwritten)
            message.Take(record);
        // What one copy came to is durable before the next is sent. Who could not be reached the last time comes first.
        var copies = new Queue<RecipientState[]>(message.Recipients.Where(recipient => !recipient.IsFinal && IsOf(job, recipient))
            .GroupBy(recipient => (recipient.Recipient.Via, recipient.Recipient.ReturnPath)).OrderBy(copy => copy.Min(recipient => recipient.Last?.Time)).SelectMany(copy => copy.Chunk(MostRecipients)));
        (DateTimeOffset?, bool)? settled = null;
        while (copies.TryDequeue(out var copy))
        {
            var begun = queue.Transport.Clock.GetTimestamp();
            if ((message.Envelope.DeliverBy is { } by && by.IsOver(queue.Now) ? TooLate(job, copy) : await attempt(message, copy)) is not { } tried)
                break;
            if (TooMany(tried) is { Count: > 0 } others)
            {
                tried = tried with { Outcomes = [.. tried.Outcomes.Where(outcome => !others.Contains(outcome.Number))] };
                copies.Enqueue([.. copy.Where(recipient => others.Contains(recipient.Number))]);
            }

            if (tried.Outcomes.Count == 0)
                continue;
            job.Unwritten = [.. job.Unwritten, .. Records(job.Entry, message.Envelope, tried, queue.Transport.Clock.GetElapsedTime(begun))];
            settled = await WriteAsync(job, message, isStale: settled is not null);
        }

        return settled ?? await WriteAsync(job, message, isStale: false);
    }

    // Beside those that were taken they are too many for the server at once, and get the message by another transaction (RFC 5321 section 4.5.3.1.10).
    private static HashSet<int> TooMany(Attempt tried) => tried.Outcomes.Any(outcome => outcome.Reply.IsPositive)
        ? [.. tried.Outcomes.Where(outcome => outcome.Reply is { Code: 452, Enhanced: null or { Subject: 5, Detail: 3 } }).Select(outcome => outcome.Number)]
        : [];

    private async Task<(DateTimeOffset? Due, bool IsGone)> WriteAsync(QueueJob job, SpooledMessage message, bool isStale)
    {
        var settled = await InTurnAsync(job.Entry, async () =>
        {
            // Another destination may have written meanwhile, and of a copy before this one a report may have been made.
            using var again = isStale || queue.IsShared(job) ? queue.Spool.TryOpen(job.Entry) : null;
            return await WriteAsync(job, again ?? message, job.Unwritten);
        });
        job.Unwritten = [];
        return settled;
    }

    /// <summary>Gives all recipients of a message that wait another route, and has them tried at once. Durable when it ends.</summary>
    /// <param name="jobs">All jobs of the message, taken.</param>
    /// <param name="route">The route's target, or null for the one that the domain of each has.</param>
    /// <returns>The targets that it waits for from then on, or what was in the way.</returns>
    /// <exception cref="MailStoreException">It is not durable.</exception>
    public Task<(QueueChange Change, IReadOnlyList<RouteTarget> Targets)> MoveAsync(IReadOnlyList<QueueJob> jobs, string? route) => InTurnAsync<(QueueChange, IReadOnlyList<RouteTarget>)>(jobs[0].Entry, async () =>
    {
        var entry = jobs[0].Entry;
        using var message = queue.Spool.TryOpen(entry);
        if (message is null)
            return (QueueChange.NotFound, []);
        List<SpoolRecord> unwritten = [.. jobs.SelectMany(job => job.Unwritten)];
        foreach (var record in unwritten)
            message.Take(record);
        var change = await MovedMessage.WriteAsync(queue.Spool, message, unwritten, route, queue.Now);
        List<RouteTarget> targets = [.. message.Recipients.Where(recipient => !recipient.IsFinal).Select(queue.TargetOf)];
        if (change is QueueChange.Done)
        {
            foreach (var job in jobs)
                job.Unwritten = [];
            Tell(jobs[0], message, unwritten);
            TellMoved(message);
        }
        else if (targets.Exists(target => jobs.All(job => job.Destination.Target.Text != target.Text)))
        {
            // The file said so before, and nobody heard: the disk broke in between.
            change = QueueChange.Done;
        }

        return (change, targets);
    });

    /// <summary>Opens or changes a message's file while nobody else does.</summary>
    public async Task<T> InTurnAsync<T>(QueueEntry entry, Func<Task<T>> work)
    {
        var turn = _turns[entry.Id.Value % (ulong)_turns.Length];
        await turn.WaitAsync();
        try
        {
            return await work();
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<(DateTimeOffset? Due, bool IsGone)> WriteAsync(QueueJob job, SpooledMessage message, IReadOnlyList<SpoolRecord> records)
    {
        var now = queue.Now;
        foreach (var record in records)
            message.Take(record);
        var waiting = message.Recipients.Where(recipient => !recipient.IsFinal).ToList();
        var plans = ReportPlan.For(message, now, queue.Options);
        var isLate = message.Envelope.DeliverBy is { } by && by.IsLate(now);
        if (waiting.Count == 0 && plans.Count == 0)
        {
            await queue.Spool.RemoveAsync(job.Entry);
            Tell(job, message, records);
            return (null, true);
        }

        var pending = plans.Select(plan => (Plan: plan, Id: plan.Recipients[0].Report ?? QueueId.Next(queue.Transport.Clock))).ToList();
        var reporting = pending.Where(one => one.Plan.Action is not DeliveryAction.Delayed && one.Plan.Recipients[0].Report is null)
            .Select(one => Record(SpoolEvent.Reporting, one.Plan) with { Report = one.Id.ToString() });
        var name = job.Entry.Name with
        {
            Due = waiting.Count > 0 ? waiting.Min(recipient => recipient.Due ?? job.Entry.Due) : now,
            NextHop = Spool.NextHopOf(waiting.Count > 0 ? waiting : message.Recipients),
            IsReporting = pending.Exists(one => one.Plan.Action is not DeliveryAction.Delayed),
            IsWarned = job.Entry.IsWarned || now - job.Entry.Released >= queue.Options.WarnAfter || isLate,
            Deadline = isLate ? null : job.Entry.Deadline,
        };
        // That somebody was warned is written down when he was: rather twice, where we end in between, than never.
        var isWarning = pending.Exists(one => one.Plan.Action is DeliveryAction.Delayed);
        await queue.Spool.ChangeAsync(job.Entry, [.. records, .. reporting], isWarning ? name with { IsWarned = job.Entry.IsWarned, Deadline = job.Entry.Deadline } : name);
        Tell(job, message, records);
        if (pending.Count > 0)
            await ReportAsync(job, message, pending, isLast: waiting.Count == 0);
        if (isWarning)
            await queue.Spool.ChangeAsync(job.Entry, [], job.Entry.Name with { IsWarned = name.IsWarned, Deadline = name.Deadline });

        var mine = waiting.Where(recipient => IsOf(job, recipient)).ToList();
        return (mine.Count > 0 ? mine.Min(recipient => recipient.Due ?? job.Entry.Due) : null, waiting.Count == 0);
    }

    // That a report is made is durable before it is, and that it was made before it is sent: so it is never sent twice, whenever we end.
    private async Task ReportAsync(QueueJob job, SpooledMessage message, List<(ReportPlan Plan, QueueId Id)> pending, bool isLast)
    {
        foreach (var (plan, id) in pending)
        {
            if (!queue.Contains(id) && !_made.ContainsKey(id))
                _made[id] = await reports.SendAsync(id, message, plan);
        }

        var told = pending.Where(one => one.Plan.Action is not DeliveryAction.Delayed).Select(one => Record(SpoolEvent.Reported, one.Plan)).ToList();
        if (isLast)
            await queue.Spool.RemoveAsync(job.Entry);
        else if (told.Count > 0)
            await queue.Spool.ChangeAsync(job.Entry, told, job.Entry.Name with { IsReporting = false });
        foreach (var (plan, id) in pending)
        {
            var report = _made.TryRemove(id, out var made) ? made : SentReport.Nowhere;
            if (report is { Entry: { } entry, Envelope: { } envelope })
                report = report with { Destinations = queue.Add(entry, envelope) };
            queue.Observer.Reported(job.Entry, message.Envelope, plan, id, report);
        }
    }

    private SpoolRecord Record(SpoolEvent what, ReportPlan plan) =>
        new() { Time = queue.Now, Event = what, Recipients = [.. plan.Recipients.Select(recipient => recipient.Number)] };

    private void Tell(QueueJob job, SpooledMessage message, IReadOnlyList<SpoolRecord> records)
    {
        foreach (var record in records)
            queue.Observer.Recorded(job.Entry, message.Envelope, record, job.Destination.Name);
    }

    private void TellMoved(SpooledMessage message)
    {
        foreach (var same in message.Recipients.Where(recipient => !recipient.IsFinal).GroupBy(recipient => queue.TargetOf(recipient).Text, StringComparer.Ordinal))
        {
            var moved = MovedMessage.RecordOf(same, queue.Now);
            queue.Observer.Recorded(message.Entry, message.Envelope, moved, Destination.NameOf(queue.TargetOf(same.First()), message.Entry.Demand));
        }
    }

    private bool IsOf(QueueJob job, RecipientState recipient) =>
        queue.TargetOf(recipient).Text == job.Destination.Target.Text;

    // The last try is when it expires.
    private DateTimeOffset RetryOrEnd(QueueEntry entry, Envelope envelope, DateTimeOffset now)
    {
        var next = RetrySchedule.Next(entry.Released ?? entry.Id.Arrived, now, queue.Options);
        return next < envelope.Expires ? next : envelope.Expires;
    }

    // RFC 2852 section 4.1.4: where that was asked for, and where the next server does not know that time is short.
    private static bool IsTraced(DeliverBy? by, Attempt attempt, DateTimeOffset now) =>
        by is not null && attempt.IsRelay && (by.Traces || (!attempt.TakesDeadlines && !by.IsLate(now)));

    // RFC 2852 section 4.1.3: no further attempts.
    private static Attempt TooLate(QueueJob job, IReadOnlyList<RecipientState> recipients) => new(null, null, [.. recipients.Select(recipient => new RecipientOutcome(
        recipient.Number,
        new SmtpReply(554, new EnhancedStatusCode(5, 4, 7), (recipient.Last?.Reply ?? job.Destination.LastError?.ToString()) is { } last ? $"Delivery time expired; what was in the way last: {last}" : "Delivery time expired")))]);

    // Recipients with the same answer share a line.
    private List<SpoolRecord> Records(QueueEntry entry, Envelope envelope, Attempt attempt, TimeSpan took)
    {
        var now = queue.Now;
        return [.. attempt.Outcomes.GroupBy(outcome => outcome.Reply.ToString(), StringComparer.Ordinal).Select(same =>
        {
            var reply = same.First().Reply;
            var isOver = reply.IsTransient && (now >= envelope.Expires || (envelope.DeliverBy is { } by && by.IsOver(now)));
            return new SpoolRecord
            {
                Time = now,
                Event = reply.IsPositive ? SpoolEvent.Sent : reply.IsPermanent || isOver ? SpoolEvent.Failed : SpoolEvent.Deferred,
                Recipients = [.. same.Select(outcome => outcome.Number)],
                Host = attempt.Host,
                Remote = attempt.Remote,
                Tls = attempt.Security.Tls,
                VerifiedBy = attempt.Security.VerifiedBy,
                TlsProblem = attempt.Security.Problem is { } problem ? SmtpReply.Plain(problem) : null,
                Reply = same.Key,
                Took = took,
                IsLastReporter = reply.IsPositive && !attempt.ReportsDelivery,
                IsTraced = reply.IsPositive && IsTraced(envelope.DeliverBy, attempt, now),
                Until = reply.IsTransient && !isOver ? RetryOrEnd(entry, envelope, now) : null,
            };
        })];
    }
}
