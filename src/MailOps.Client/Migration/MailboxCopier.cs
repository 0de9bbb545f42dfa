using System.Collections.Concurrent;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration.Journal;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>
/// Copies a mailbox: folders, messages octet for octet, flags, keywords, dates, subscriptions. It can be stopped at any moment and run
/// again: what is on the target is not copied twice.
/// </summary>
/// <param name="source">What is read.</param>
/// <param name="target">What is written to.</param>
/// <param name="journal">What is known of earlier runs.</param>
/// <param name="options">How.</param>
/// <param name="clock">The clock.</param>
public sealed class MailboxCopier(IMailboxReader source, IMailboxWriter target, CopyJournal journal, CopyOptions options, TimeProvider clock)
{
    private readonly ConcurrentBag<CopyTally> _tallies = [];
    private readonly CopyPace _pace = new(options, clock);
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MailFolder> _madeTogether = new(StringComparer.Ordinal);
    private readonly HashSet<string> _subscribed = new(StringComparer.Ordinal);

    /// <summary>Copies.</summary>
    /// <exception cref="MailSessionException">One of the ends cannot be reached, or does not list its folders. Trouble in a single folder is in its result.</exception>
    public async Task<MailboxCopyResult> RunAsync(CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        if ((options.Mirrors || options.RemovesDeleted) && !source.KnowsFlagsAndDates)
            throw new MigrationException(MigrationFault.KindNotSupported, $"{source.Name} knows no flags, and may give the ids of messages that are gone to others: flags and deletions cannot be carried from there. Copy without that.");
        if ((options.Mirrors || options.RemovesDeleted) && !target.CanMirror)
            throw new MigrationException(MigrationFault.KindNotSupported, $"{target.Name} can only be added to: flags and deletions cannot be carried there. Give a Maildir, a folder of eml files or a server, or copy without that.");
        var (listing, looking) = (PatientlyAsync(() => source.ListAsync(cancel), cancel), PatientlyAsync(() => target.ListAsync(cancel), cancel));
        await Task.WhenAll(listing, looking).ConfigureAwait(false);
        var (folders, there) = (await listing.ConfigureAwait(false), await looking.ConfigureAwait(false));
        foreach (var left in source.LeftOutOf(options.IsWanted))
            await options.Warn(left).ConfigureAwait(false);
        var plan = FolderPlan.Of(folders, target, there, options.Map, journal.Places());
        // All are placed, whichever are wanted now: a folder has one place.
        var wanted = plan.Folders.Where(folder => options.IsWanted?.Invoke(folder.Source.Path) != false).ToList();
        var total = wanted.Sum(folder => (long)(folder.Source.Messages ?? 0));
        var waiting = Math.Min(options.Connections, wanted.Count(folder => Copy(folder, new CopyTally(folder), total).HasWork));
        source.Prepare(waiting);
        target.Prepare(waiting);
        await MakeTogetherAsync(wanted, cancel).ConfigureAwait(false);
        var results = new ConcurrentBag<FolderCopyResult>();
        var ready = new List<PlannedFolder>();
        foreach (var planned in wanted)
        {
            var (folder, error) = await PatientlyAsync(() => MakeAsync(plan, planned, cancel), cancel).ConfigureAwait(false);
            if (error is null && folder.Source.HoldsMessages)
                ready.Add(folder);
            else
                results.Add(new CopyTally(folder).Conclude(error));
        }

        // The largest first: the last to end is then a small one. Folders that go to one place do so one after another. Of twice as many as have connections
        // some are read, some written.
        await Parallel.ForEachAsync(
            ready.GroupBy(folder => folder.Target, StringComparer.Ordinal).OrderByDescending(group => group.Sum(folder => folder.Source.Messages ?? 0)),
            new ParallelOptions { MaxDegreeOfParallelism = 2 * options.Connections, CancellationToken = cancel },
            async (group, c) =>
            {
                foreach (var folder in group)
                {
                    var tally = new CopyTally(folder);
                    _tallies.Add(tally);
                    results.Add(tally.Conclude(await Copy(folder, tally, total).RunAsync(c).ConfigureAwait(false)));
                }
            }).ConfigureAwait(false);
        return Sum([.. results.OrderBy(result => result.Folder, StringComparer.Ordinal)], clock.GetElapsedTime(started));
    }

    private FolderCopy Copy(PlannedFolder folder, CopyTally tally, long total) => new(folder, source, target, journal, options, tally, () => TellAsync(tally, total), _pace, clock);

    private async Task<T> PatientlyAsync<T>(Func<Task<T>> step, CancellationToken cancel)
    {
        for (var busy = 1; ; busy++)
        {
            await _pace.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                return await step().ConfigureAwait(false);
            }
            catch (MailSessionException e) when (e.Fault is MailSessionFault.ServerBusy && busy <= options.BusyRetries)
            {
                await _pace.SlowDownAsync(e.Message, e.RetryAfter).ConfigureAwait(false);
            }
        }
    }

    // Most names are as the target takes them: with all of them one answer is waited for. Who is not made here is made by itself, with what that needs.
    private async Task MakeTogetherAsync(IReadOnlyList<PlannedFolder> wanted, CancellationToken cancel)
    {
        var missing = wanted.Where(IsMissing).DistinctBy(folder => folder.Target, StringComparer.Ordinal).Select(folder => (folder.Target, folder.Source.SpecialUse)).ToList();
        if (missing.Count > 0)
        {
            foreach (var folder in await PatientlyAsync(() => target.CreateAsync(missing, cancel), cancel).ConfigureAwait(false))
                _madeTogether[folder.Name] = folder;
        }

        var names = wanted
            .Where(folder => folder.Source.IsSubscribed && folder.There is not { IsSubscribed: true } && (!IsMissing(folder) || _madeTogether.ContainsKey(folder.Target)))
            .Select(folder => folder.Target).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count > 0)
            _subscribed.UnionWith(await PatientlyAsync(() => target.SubscribeAsync(names, cancel), cancel).ConfigureAwait(false));
    }

    private static bool IsMissing(PlannedFolder folder) => folder.There is null || (folder.Source.HoldsMessages && !folder.There.HoldsMessages);

    // What cannot stand in a name is known by asking.
    private async Task<(PlannedFolder Folder, string? Error)> MakeAsync(FolderPlan plan, PlannedFolder folder, CancellationToken cancel)
    {
        try
        {
            var isMissing = IsMissing(folder) && !_made.Contains(folder.Target);
            if (_madeTogether.TryGetValue(folder.Target, out var made))
                folder = folder with { There = made };
            else if (isMissing)
                folder = await CreateAsync(folder, cancel).ConfigureAwait(false);
            _made.Add(folder.Target);
            if (folder.Source.IsSubscribed && folder.There is not { IsSubscribed: true } && !_subscribed.Contains(folder.Target))
                await SubscribeAsync(folder, cancel).ConfigureAwait(false);
            if (isMissing && folder.Target != target.NameOf(options.Map?.Find(folder.Source) ?? folder.Source.Place ?? folder.Source.Levels))
                await options.Warn($"The folder {folder.Source.Path} is called {folder.Target} on {target.Name}, which has no folder of its own name.").ConfigureAwait(false);
            return (folder, null);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return folder.There is null && plan.Plainer(folder) is { } plainer
                ? await MakeAsync(plan, plainer, cancel).ConfigureAwait(false)
                : (folder, e.Message);
        }
    }

    // Of several that were asked for at once one may have been made although the answer was no.
    private async Task<PlannedFolder> CreateAsync(PlannedFolder folder, CancellationToken cancel)
    {
        try
        {
            await CreateAnywayAsync(folder, cancel).ConfigureAwait(false);
            return folder;
        }
        catch (Exception e) when (IsRefusal(e) && folder.There is null)
        {
            var there = (await target.ListAsync(cancel).ConfigureAwait(false)).FirstOrDefault(one => one.Name == folder.Target && one.HoldsMessages);
            if (there is null)
                throw;
            return folder with { There = there };
        }
    }

    // A use that another folder has, or that the server does not know, is no reason to have no folder (RFC 6154 section 3, USEATTR).
    private async Task CreateAnywayAsync(PlannedFolder folder, CancellationToken cancel)
    {
        try
        {
            await target.CreateAsync(folder.Target, folder.Source.SpecialUse, cancel).ConfigureAwait(false);
        }
        catch (MailSessionException e) when (IsRefusal(e) && folder.Source.SpecialUse is not null)
        {
            await target.CreateAsync(folder.Target, use: null, cancel).ConfigureAwait(false);
        }
    }

    private async Task SubscribeAsync(PlannedFolder folder, CancellationToken cancel)
    {
        try
        {
            await target.SubscribeAsync(folder.Target, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            await options.Warn($"The folder {folder.Target} is not subscribed to: {e.Message}").ConfigureAwait(false);
        }
    }

    private static bool IsRefusal(Exception e) =>
        e is MaildirException or MailOps.Maildir.MailStoreException or MailSessionException { Fault: MailSessionFault.CommandRefused or MailSessionFault.MailboxNotFound };

    private ValueTask TellAsync(CopyTally changed, long total) =>
        options.Tell(new CopyProgress(changed.Path, _tallies.Sum(tally => tally.Done), total, _tallies.Sum(tally => tally.Octets), _tallies.Sum(tally => tally.Copied), _tallies.Sum(tally => tally.Skipped), _tallies.Sum(tally => tally.Settled)));

    private MailboxCopyResult Sum(IReadOnlyList<FolderCopyResult> folders, TimeSpan duration) => new()
    {
        From = source.Name,
        To = target.Name,
        Status = folders.Any(folder => folder.Error is not null) ? "Failed" : folders.Any(folder => folder.Refused + folder.NotShown + folder.KeywordsLost.Count > 0) ? "CompletedWithWarnings" : "Completed",
        Messages = folders.Sum(folder => folder.Messages),
        Copied = folders.Sum(folder => folder.Copied),
        CopiedSize = folders.Sum(folder => folder.CopiedSize),
        AlreadyThere = folders.Sum(folder => folder.AlreadyThere),
        Refused = folders.Sum(folder => folder.Refused),
        Skipped = folders.Sum(folder => folder.Skipped),
        FlagsChanged = folders.Sum(folder => folder.FlagsChanged),
        Removed = folders.Sum(folder => folder.Removed),
        Duration = duration,
        JournalPath = journal.Path,
        Folders = folders,
        RefusedMessages = [.. _tallies.SelectMany(tally => tally.RefusedNow)],
    };
}
