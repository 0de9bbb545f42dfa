using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Transport;

namespace MailOps.Server.Queue;

/// <content>Times that senders give: releases (RFC 4865), and deadlines (RFC 2852), which come whatever is known of a destination, and whoever holds a message.</content>
internal sealed partial class MailQueue
{
    private readonly HeldMessages _held = new();
    private readonly SortedSet<(DateTimeOffset Time, ulong Id)> _deadlines = [];

    /// <summary>How many messages of an account wait for their release. What a start has found counts within a minute.</summary>
    public int HeldBy(string account)
    {
        lock (_gate)
            return _held.CountOf(account, Now);
    }

    /// <summary>Counts a message of an account that is held before it is durable: of several that come at once only as many as may be are taken.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="limit">How many may be held.</param>
    /// <returns>False if the account has as many already: the message is not counted.</returns>
    public bool TryHold(QueueId id, Envelope envelope, int limit)
    {
        lock (_gate)
        {
            if (envelope is { Login: { } account, HeldUntil: { } until } && until > Now && _held.CountOf(account, Now) >= limit)
                return false;
            _held.Add(id, envelope.Login, envelope.HeldUntil);
            return true;
        }
    }

    /// <summary>Counts a message no longer that did not become durable.</summary>
    public void GiveBack(QueueId id)
    {
        lock (_gate)
            _held.Remove(id);
    }

    /// <summary>Forgets a message that is no longer in the queue, with the times that it had.</summary>
    private void Leave(QueueEntry entry)
    {
        _jobs.Remove(entry.Id);
        _held.Remove(entry.Id);
        if (entry.Deadline is { } by)
            _deadlines.Remove((by, entry.Id.Value));
    }

    /// <summary>Has every message whose deadline has come settled, without a try.</summary>
    private void KeepDeadlines(DateTimeOffset now)
    {
        var late = new List<QueueJob>();
        while (_deadlines.Count > 0 && _deadlines.Min is var next && next.Time <= now)
        {
            _deadlines.Remove(next);
            if (!_jobs.TryGetValue(new QueueId(next.Id), out var first) || first.Entry.Deadline is null)
                continue;
            var free = Chain(first).Where(job => !job.IsUnderWay).ToList();
            var isUnderWay = free.Count < Chain(first).Count();
            late.AddRange(free.Select(TakeOut));
            // It is looked at again until its file says what came of it: who is at it may need a moment, a disk that takes nothing longer.
            _deadlines.Add((now + (isUnderWay ? Beat : AgeBeat), next.Id));
        }

        if (late.Count > 0)
            Run(() => SettleAsync(late), _ => { });
    }

    private async Task SettleAsync(List<QueueJob> late)
    {
        foreach (var job in late)
        {
            if (_stopping.IsCancellationRequested)
                Finish(job, job.Due, isGone: false);
            else
                await _settlement.TryAsync(job, (_, _) => Task.FromResult<Attempt?>(Attempt.None));
        }
    }
}
