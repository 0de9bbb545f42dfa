using System.Collections.Concurrent;
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

    /// <summary>Copies.</summary>
    /// <exception cref="MailSessionException">One of the ends cannot be reached, or does not list its folders. Trouble in a single folder is in its result.</exception>
    public async Task<MailboxCopyResult> RunAsync(CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        var folders = (await source.ListAsync(cancel).ConfigureAwait(false)).Where(folder => options.IsWanted?.Invoke(folder.Path) != false).ToList();
        var plan = FolderPlan.Of(folders, target, await target.ListAsync(cancel).ConfigureAwait(false));
        var total = folders.Sum(folder => (long)(folder.Messages ?? 0));
        var results = new ConcurrentBag<FolderCopyResult>();
        var ready = new List<PlannedFolder>();
        foreach (var planned in plan.Folders)
        {
            var (folder, error) = await MakeAsync(plan, planned, cancel).ConfigureAwait(false);
            if (error is null && folder.Source.HoldsMessages)
                ready.Add(folder);
            else
                results.Add(new CopyTally(folder).Result(error));
        }

        // The largest first: the last to end is then a small one.
        await Parallel.ForEachAsync(
            ready.OrderByDescending(folder => folder.Source.Messages ?? 0),
            new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = cancel },
            async (folder, c) =>
            {
                var tally = new CopyTally(folder);
                _tallies.Add(tally);
                results.Add(tally.Result(await new FolderCopy(folder, source, target, journal, options, tally, () => TellAsync(tally, total), clock).RunAsync(c).ConfigureAwait(false)));
            }).ConfigureAwait(false);
        return Sum([.. results.OrderBy(result => result.Folder, StringComparer.Ordinal)], clock.GetElapsedTime(started));
    }

    // What cannot stand in a name is known by asking.
    private async Task<(PlannedFolder Folder, string? Error)> MakeAsync(FolderPlan plan, PlannedFolder folder, CancellationToken cancel)
    {
        try
        {
            var isMissing = folder.There is null || (folder.Source.HoldsMessages && !folder.There.HoldsMessages);
            if (isMissing)
                await target.CreateAsync(folder.Target, folder.Source.SpecialUse, cancel).ConfigureAwait(false);
            if (folder.Source.IsSubscribed && folder.There is not { IsSubscribed: true })
                await target.SubscribeAsync(folder.Target, cancel).ConfigureAwait(false);
            if (isMissing && folder.Target != target.NameOf(folder.Source.Levels))
                await options.Warn($"The folder {folder.Source.Path} is called {folder.Target} on {target.Name}, which has no folder of its own name.").ConfigureAwait(false);
            return (folder, null);
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused or MailSessionFault.MailboxNotFound)
        {
            return folder.There is null && plan.Plainer(folder) is { } plainer
                ? await MakeAsync(plan, plainer, cancel).ConfigureAwait(false)
                : (folder, e.Message);
        }
    }

    private ValueTask TellAsync(CopyTally changed, long total) =>
        options.Tell(new CopyProgress(changed.Path, _tallies.Sum(tally => tally.Done), total, _tallies.Sum(tally => tally.Octets)));

    private MailboxCopyResult Sum(IReadOnlyList<FolderCopyResult> folders, TimeSpan duration) => new()
    {
        From = source.Name,
        To = target.Name,
        Status = folders.Any(folder => folder.Error is not null) ? "Failed" : folders.Any(folder => folder.Refused > 0) ? "CompletedWithWarnings" : "Completed",
        Messages = folders.Sum(folder => folder.Messages),
        Copied = folders.Sum(folder => folder.Copied),
        CopiedSize = folders.Sum(folder => folder.CopiedSize),
        AlreadyThere = folders.Sum(folder => folder.AlreadyThere),
        Refused = folders.Sum(folder => folder.Refused),
        Duration = duration,
        JournalPath = journal.Path,
        Folders = folders,
        RefusedMessages = [.. _tallies.SelectMany(tally => tally.RefusedNow)],
    };
}
