using MailOps.Maildir;
using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;

namespace MailOps.Server.Queue;

/// <content>What waits for too long, and what could not be read.</content>
internal sealed partial class MailQueue
{
    // Files that are opened in a minute to learn when their messages expire: a start reads none.
    private const int MostLearnt = 10_000;

    /// <summary>What was put off by a clock that was ahead is due: nothing waits longer for its next try than the schedule has it.</summary>
    private void CatchUp(DateTimeOffset now)
    {
        var latest = now + RetrySchedule.Longest(Options);
        foreach (var destination in _destinations.Values)
            destination.WaitNoLonger(latest);
        foreach (var job in _jobs.Values.SelectMany(Chain).Where(job => job is { IsUnderWay: false, Entry.IsSuspended: false } && job.Due > latest))
        {
            if (job.Entry.HasRelease && !(job.Entry.Released <= now))
                continue;
            job.Due = now;
            job.Destination.Wait(job, Now);
        }
    }

    /// <summary>
    /// While a destination is left alone none of its messages is tried; who waits too long is told all the same, and what expires goes back.
    /// When that is, its envelope says, whatever the lifetime of new messages is now.
    /// </summary>
    private void StartAging(DateTimeOffset now)
    {
        var old = now - Options.WarnAfter;
        var waiting = _jobs.Values.SelectMany(Chain).Where(job => job is { IsUnderWay: false, Entry.IsSuspended: false } && job.Destination.RetryAt > now);
        var (aged, unknown) = (new List<QueueJob>(), new HashSet<QueueEntry>());
        // Whose they are, and until when they are held, their envelopes tell.
        foreach (var job in _jobs.Values)
        {
            if (job.Entry.Released is null && unknown.Count < MostLearnt)
                unknown.Add(job.Entry);
        }

        foreach (var job in waiting)
        {
            if (job.Entry.Expires <= now || (!job.Entry.IsWarned && job.Entry.Released <= old))
                aged.Add(job);
            else if (job.Entry.Expires is null && unknown.Count < MostLearnt)
                unknown.Add(job.Entry);
        }

        foreach (var job in aged)
            TakeOut(job);
        if (aged.Count + unknown.Count > 0)
            Run(() => AgeAsync(aged, unknown), _ => { });
    }

    private async Task AgeAsync(List<QueueJob> aged, HashSet<QueueEntry> unknown)
    {
        foreach (var job in aged)
            await AgeAsync(job);
        foreach (var entry in unknown)
        {
            if (_stopping.IsCancellationRequested)
                return;
            await LearnExpiryAsync(entry);
        }
    }

    private async Task AgeAsync(QueueJob job)
    {
        if (_stopping.IsCancellationRequested)
        {
            Finish(job, job.Due, isGone: false);
            return;
        }

        await _settlement.TryAsync(job, (_, recipients) => Task.FromResult<Attempt?>(StillDead(job, recipients)));
    }

    private async Task LearnExpiryAsync(QueueEntry entry)
    {
        try
        {
            using var message = await OpenAsync(entry);
            if (message is null)
                return;
            entry.Learn(message.Envelope);
            lock (_gate)
            {
                if (_jobs.ContainsKey(entry.Id))
                    _held.Add(entry.Id, message.Envelope.Login, message.Envelope.HeldUntil);
            }
        }
        catch (MailStoreException e)
        {
            Observer.Faulted(entry.Id, e);
        }
    }

    private static Attempt StillDead(QueueJob job, IReadOnlyList<RecipientState> recipients)
    {
        var reply = job.Destination.LastError ?? new SmtpReply(451, new EnhancedStatusCode(4, 4, 1), "The destination could not be reached");
        // That a server greets nobody is said of no message, and need not last.
        if (!reply.IsTransient)
            reply = new SmtpReply(451, (reply.Enhanced ?? new EnhancedStatusCode(5, 4, 1)) with { Class = 4 }, $"The server takes no mail now: {reply}");
        return new Attempt(null, null, [.. recipients.Select(recipient => new RecipientOutcome(recipient.Number, reply))]);
    }

    /// <summary>What could not be read is in no destination: it is tried to be read again.</summary>
    private void ReadAgain()
    {
        if (_unread.Count == 0)
            return;
        QueueEntry[] unread = [.. _unread];
        _unread.Clear();
        Run(
            () =>
            {
                foreach (var entry in unread)
                {
                    PlaceByFile(entry);
                    lock (_gate)
                        PumpAll(entry.Id);
                }

                return Task.CompletedTask;
            },
            _ => { });
    }
}
