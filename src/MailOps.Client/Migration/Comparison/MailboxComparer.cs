using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace MailOps.Client.Migration.Comparison;

/// <summary>
/// Compares two mailboxes by what is in them: every message of both is read, and each of the one must have its like in the other. Folders
/// are found in the other as <see cref="MailboxCopier"/> places them. Nothing is changed.
/// </summary>
/// <param name="reference">The mailbox as it is to be.</param>
/// <param name="difference">The other.</param>
/// <param name="options">How.</param>
public sealed class MailboxComparer(IMailboxReader reference, IMailboxWriter difference, ComparisonOptions options)
{
    private long _done;
    private long _octets;
    private long _equal;
    private readonly ConcurrentBag<FolderProof> _folders = [];

    /// <summary>Messages of the reference that have their like in the other, whatever flags and date they have there. Known when all was compared.</summary>
    public long Matched => Interlocked.Read(ref _equal);

    /// <summary>What was compared, by the folders' names. Known when all was compared.</summary>
    public IReadOnlyList<FolderProof> Folders => [.. _folders.OrderBy(folder => folder.Folder, StringComparer.Ordinal)];

    /// <summary>Compares, and tells what differs as soon as a folder is known.</summary>
    /// <exception cref="MailOps.Wire.MailSessionException">An end cannot be reached or read: nothing is proved then.</exception>
    public async IAsyncEnumerable<MailboxDifference> CompareAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var folders = await reference.ListAsync(cancel).ConfigureAwait(false);
        var there = await difference.ListAsync(cancel).ConfigureAwait(false);
        var plan = FolderPlan.Of(folders, difference, there, options.Map);
        var total = folders.Sum(folder => (long)(folder.Messages ?? 0)) + there.Sum(folder => (long)(folder.Messages ?? 0));
        var all = plan.Folders.Select(folder => folder.There is null && plan.Plainer(folder) is { There: not null } plainer ? plainer : folder).ToList();
        var pairs = all.Where(pair => options.IsWanted?.Invoke(pair.Source.Path) != false).ToList();
        var placed = all.Where(pair => pair.Source.HoldsMessages).Select(pair => pair.Target).ToHashSet(StringComparer.Ordinal);
        // One without messages that is there only because others lie below it is nothing that is too much.
        var above = there.Where(folder => placed.Contains(folder.Name)).SelectMany(Above).ToHashSet(StringComparer.Ordinal);
        foreach (var folder in all.Where(pair => !pair.Source.HoldsMessages && pair.There is not null))
            above.Add(LevelsOf(folder.There!, folder.There!.Levels.Count));
        foreach (var extra in there.Where(folder => folder.HoldsMessages && !placed.Contains(folder.Name) && options.IsWanted?.Invoke(folder.Path) != false && !(folder.Messages == 0 && (folder.IsInbox || above.Contains(LevelsOf(folder, folder.Levels.Count))))))
        {
            // What Gmail has of itself is there, and of All Mail what no other folder has is meant.
            var messages = extra.IsAllMail ? await CountAsync(extra.Name, cancel).ConfigureAwait(false) : extra.Messages;
            if (messages != 0 || !difference.HasLabels || extra.SpecialUse is null)
                yield return new MailboxDifference { Kind = DifferenceKind.FolderExtra, SideIndicator = "=>", Folder = extra.Path, Difference = $"{messages} messages" };
        }

        foreach (var missing in pairs.Where(pair => pair.There is null || (pair.Source.HoldsMessages && !pair.There.HoldsMessages)))
            yield return new MailboxDifference { Kind = DifferenceKind.FolderMissing, SideIndicator = "<=", Folder = missing.Source.Path, Reference = $"{missing.Source.Messages ?? 0} messages" };

        var found = Channel.CreateBounded<MailboxDifference>(1_000);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var comparing = CompareAllAsync([.. pairs.Where(pair => pair is { There.HoldsMessages: true, Source.HoldsMessages: true })], total, found.Writer, linked.Token);
        try
        {
            await foreach (var one in found.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
                yield return one;
            await comparing.ConfigureAwait(false);
        }
        finally
        {
            await linked.CancelAsync().ConfigureAwait(false);
            await comparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static IEnumerable<string> Above(MailFolder folder) => Enumerable.Range(1, folder.Levels.Count - 1).Select(count => LevelsOf(folder, count));

    // No level has a NUL in it.
    private static string LevelsOf(MailFolder folder, int count) => string.Join('\0', folder.Levels.Take(count));

    private async Task<int> CountAsync(string folder, CancellationToken cancel)
    {
        await using var opened = await difference.OpenAsync(folder, cancel).ConfigureAwait(false);
        var count = 0;
        await foreach (var some in opened.ListAsync(cancel).ConfigureAwait(false))
            count += some.Count;
        return count;
    }

    private async Task CompareAllAsync(IReadOnlyList<PlannedFolder> pairs, long total, ChannelWriter<MailboxDifference> found, CancellationToken cancel)
    {
        try
        {
            await Parallel.ForEachAsync(
                pairs.GroupBy(pair => pair.Target, StringComparer.Ordinal).OrderByDescending(group => group.Sum(pair => pair.Source.Messages ?? 0)),
                new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = cancel },
                async (group, c) => await CompareAsync([.. group], total, found, c).ConfigureAwait(false)).ConfigureAwait(false);
            found.Complete();
        }
        catch (Exception e)
        {
            found.Complete(e);
        }
    }

    // Folders that stand for one in the other mailbox are compared with that together.
    private async Task CompareAsync(PlannedFolder[] pairs, long total, ChannelWriter<MailboxDifference> found, CancellationToken cancel)
    {
        var path = string.Join(" + ", pairs.Select(pair => pair.Source.Path));
        var reading = ReadAsync(async () => await difference.OpenAsync(pairs[0].Target, cancel).ConfigureAwait(false), path, "=>", filter: null, total, found, cancel);
        var (one, skipped, showsAll) = (new List<ComparedMessage>(), 0, true);
        try
        {
            foreach (var pair in pairs)
            {
                var read = await ReadAsync(() => reference.OpenAsync(pair.Source.Name, cancel), pair.Source.Path, "<=", options.Filter, total, found, cancel).ConfigureAwait(false);
                one.AddRange(read.Messages);
                skipped += read.Skipped;
                showsAll &= read.ShowsAll;
            }
        }
        catch
        {
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        var other = (await reading.ConfigureAwait(false)).Messages;
        var entries = other.ToDictionary(message => message.Entry.Id, message => message.Entry, StringComparer.Ordinal);
        var matched = one.Count;
        // What one of them cannot know is no difference.
        var asked = reference.KnowsFlagsAndDates ? options : options with { IgnoreFlags = true, IgnoreDates = true };
        foreach (var result in new FolderComparer(path, asked).Compare(one, other))
        {
            if (result.Kind is DifferenceKind.MessageMissing or DifferenceKind.Content)
                matched--;
            // What a search would find in the other mailbox nobody knows.
            if (result is { Kind: DifferenceKind.MessageExtra, DifferenceId: { } id } && !(showsAll && options.Filter?.Takes(entries[id]) != false))
                continue;
            await found.WriteAsync(result, cancel).ConfigureAwait(false);
        }

        Interlocked.Add(ref _equal, matched);
        _folders.Add(new FolderProof
        {
            Folder = path,
            ReferenceMessages = one.Count,
            Skipped = skipped,
            DifferenceMessages = other.Count,
            Matched = matched,
            ReferenceDigest = FolderProof.Digest(one),
            DifferenceDigest = FolderProof.Digest(other),
        });
    }

    private async Task<(List<ComparedMessage> Messages, int Skipped, bool ShowsAll)> ReadAsync(Func<Task<IFolderReader>> open, string path, string side, MessageFilter? filter, long total, ChannelWriter<MailboxDifference> found, CancellationToken cancel)
    {
        var messages = new List<ComparedMessage>();
        var (shown, skipped) = (0, 0);
        await using var folder = await open().ConfigureAwait(false);
        await foreach (var entries in folder.ListAsync(cancel).ConfigureAwait(false))
        {
            var meant = filter is null ? entries : [.. entries.Where(filter.Takes)];
            if (meant.Count < entries.Count)
                await SkipAsync(entries.Count - meant.Count).ConfigureAwait(false);
            await foreach (var message in folder.ReadAsync(meant, cancel).ConfigureAwait(false))
            {
                using (message)
                {
                    // Of some mailboxes it is known only then when a message arrived.
                    if (filter?.Takes(message.Entry) == false)
                    {
                        await SkipAsync(1).ConfigureAwait(false);
                        continue;
                    }

                    shown++;
                    if (message.Octets is { } octets)
                        messages.Add(await ComparedMessage.OfAsync(message.Entry, octets, cancel).ConfigureAwait(false));
                    else
                        await found.WriteAsync(Unreadable(message.Entry.Id, message.Refusal, path, side), cancel).ConfigureAwait(false);
                    await options.Tell(new CopyProgress(path, Interlocked.Increment(ref _done), total, Interlocked.Add(ref _octets, message.Octets?.Length ?? 0))).ConfigureAwait(false);
                }
            }
        }

        // What went while it was read is no longer there; what is there and was not shown may be anything.
        if (!folder.ShowsAll)
        {
            skipped += Math.Max(0, folder.Count - shown - skipped);
        }
        else if (shown + skipped < folder.Count)
        {
            await using var again = await open().ConfigureAwait(false);
            if (shown + skipped < again.Count)
                await found.WriteAsync(Unreadable(id: null, string.Create(CultureInfo.InvariantCulture, $"of {again.Count} messages {shown + skipped} were shown: compare again while nothing changes, or look at the folder with another program"), path, side), cancel).ConfigureAwait(false);
        }

        return (messages, skipped, folder.ShowsAll);

        async ValueTask SkipAsync(int count)
        {
            skipped += count;
            await options.Tell(new CopyProgress(path, Interlocked.Add(ref _done, count), total, Interlocked.Read(ref _octets))).ConfigureAwait(false);
        }
    }

    private static MailboxDifference Unreadable(string? id, string? reason, string path, string side) => new()
    {
        Kind = DifferenceKind.Unreadable,
        SideIndicator = side,
        Folder = path,
        ReferenceId = side == "<=" ? id : null,
        DifferenceId = side == "=>" ? id : null,
        Reference = side == "<=" ? reason : null,
        Difference = side == "=>" ? reason : null,
    };
}
