using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;

namespace MailOps.Maildir.Folders;

/// <summary>Messages that come by APPEND, COPY and MOVE, with their UIDs. The gates of both folders are held.</summary>
internal sealed partial class Folder
{
    /// <summary>Takes in files from the scratch directory, all or none.</summary>
    internal async ValueTask<IReadOnlyList<FolderEntry>> AppendAsync(IReadOnlyList<ScratchMessage> messages, CancellationToken cancel) =>
        await ArriveAsync(
            [.. messages.Select(message => new Arrival(NewBase(message.OnDisk, message.AsSent), message.Flags, message.AsSent))],
            (i, target) => Disk.Rename(messages[i].Path, target) ? true : throw new MailStoreException(StoreFault.Broken, $"Cannot deliver: '{messages[i].Path}' or the folder '{Path}' has disappeared."),
            (_, target) => Disk.Unlink(target),
            cancel,
            together: messages.Count > 1);

    /// <summary>Copies entries of <paramref name="source"/> here, all or none, with those of their flags that may be set here.</summary>
    /// <returns>The entries and what became of them here; none where one of them is gone.</returns>
    internal async ValueTask<List<(FolderEntry Source, FolderEntry Target)>> CopyFromAsync(Folder source, IReadOnlyList<FolderEntry> entries, FlagMask mask, CancellationToken cancel)
    {
        if (entries.Any(entry => entry.IsGone))
            return [];
        await _store.Quotas.RequireAsync(AccountPath, () => (entries.Sum(entry => AccountQuotas.SizeOf(Disk, entry.Base, source.PathOf(entry))), entries.Count), cancel);
        var copied = new List<(FolderEntry Source, FolderEntry Target)>();
        try
        {
            await TransferAllAsync(source, entries, CopyAsync, copied, cancel);
        }
        catch (Exception error) when (copied.Count > 0 && error is MailStoreException or OperationCanceledException)
        {
            await RemoveAsync(copied.ConvertAll(pair => pair.Target), static _ => true, actor: null, CancellationToken.None);
            throw;
        }

        // Another program took one away meanwhile.
        if (copied.Count < entries.Count)
        {
            await RemoveAsync(copied.ConvertAll(pair => pair.Target), static _ => true, actor: null, CancellationToken.None);
            return [];
        }

        _store.Quotas.Add(AccountPath, copied.Sum(pair => MessageFileName.SizeIn(pair.Target.Base, 'S')), copied.Count);
        return copied;

        ValueTask<List<(FolderEntry Source, FolderEntry Target)>> CopyAsync(IReadOnlyList<FolderEntry> some) =>
            TransferAsync(source, some, mask, (entry, target) => CopyFile(source.PathOf(entry), target), (_, target) => Disk.Unlink(target), cancel, together: true);
    }

    /// <summary>Moves entries of <paramref name="source"/> here: each file is renamed, so it is in one of the two at every moment.</summary>
    internal async ValueTask<List<(FolderEntry Source, FolderEntry Target)>> MoveFromAsync(Folder source, IReadOnlyList<FolderEntry> entries, FlagMask mask, MailboxView? actor, CancellationToken cancel)
    {
        // What changes its owner counts to the new one, and no longer to the old one.
        var isOthers = source.AccountPath != AccountPath;
        if (isOthers)
            await _store.Quotas.RequireAsync(AccountPath, () => (entries.Sum(entry => AccountQuotas.SizeOf(Disk, entry.Base, source.PathOf(entry))), entries.Count), cancel);
        var moved = new List<(FolderEntry Source, FolderEntry Target)>();
        try
        {
            await TransferAllAsync(source, entries, MoveAsync, moved, cancel);
            await source.RecordAsync(cancel);
            return moved;
        }
        finally
        {
            if (isOthers)
            {
                var octets = moved.Sum(pair => MessageFileName.SizeIn(pair.Target.Base, 'S'));
                _store.Quotas.Add(AccountPath, octets, moved.Count);
                _store.Quotas.Add(source.AccountPath, -octets, -moved.Count);
            }

            source.DropGraves(entries.Where(entry => !entry.IsGone));
        }

        async ValueTask<List<(FolderEntry Source, FolderEntry Target)>> MoveAsync(IReadOnlyList<FolderEntry> some)
        {
            foreach (var entry in some)
                source.KeepForOthers(entry, actor);
            using var change = source.BeginOwnChange();
            var pairs = await TransferAsync(
                source,
                some,
                mask,
                (entry, target) => Disk.Rename(source.PathOf(entry), target),
                (entry, target) => Disk.Rename(target, source.PathOf(entry)),
                cancel);
            source.Forget(pairs.ConvertAll(pair => pair.Source));
            return pairs;
        }
    }

    // What another program renamed just now is looked for once more: a message that is there must not be left behind.
    private static async ValueTask TransferAllAsync(
        Folder source,
        IReadOnlyList<FolderEntry> entries,
        Func<IReadOnlyList<FolderEntry>, ValueTask<List<(FolderEntry Source, FolderEntry Target)>>> transfer,
        List<(FolderEntry Source, FolderEntry Target)> done,
        CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var pairs = await transfer(entries);
            done.AddRange(pairs);
            var isDone = pairs.Select(pair => pair.Source).ToHashSet();
            entries = entries.Where(entry => !entry.IsGone && !isDone.Contains(entry)).ToList();
            if (entries.Count == 0 || attempt == MostAttempts || !await source.SyncAsync(force: true, cancel))
                return;
            entries = entries.Where(entry => !entry.IsGone).ToList();
        }
    }

    /// <summary>Removes what has just come, after its sync failed. Takes the gate.</summary>
    internal async ValueTask TakeBackAsync(IReadOnlyList<FolderEntry> entries)
    {
        await Gate.WaitAsync(CancellationToken.None);
        try
        {
            await TakeBackHeldAsync(entries);
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>The same with the gate held.</summary>
    internal async ValueTask TakeBackHeldAsync(IReadOnlyList<FolderEntry> entries)
    {
        try
        {
            await RemoveAsync(entries, static _ => true, actor: null, CancellationToken.None);
        }
        catch (MailStoreException)
        {
            // The error that matters is the first.
        }
    }

    private string NewBase(long onDisk, long asSent) =>
        UniqueNames.WithSizes(UniqueNames.Next(_store.Clock), onDisk, asSent);

    private async ValueTask<List<(FolderEntry Source, FolderEntry Target)>> TransferAsync(
        Folder source,
        IReadOnlyList<FolderEntry> entries,
        FlagMask mask,
        Func<FolderEntry, string, bool> place,
        Func<FolderEntry, string, bool> takeBack,
        CancellationToken cancel,
        bool together = false)
    {
        // Names are new also for moved messages: one that returns to a folder it was in must not find its old UID there.
        var sources = entries.Where(entry => !entry.IsGone).ToList();
        var arrivals = sources.ConvertAll(entry =>
        {
            var onDisk = entry.Name.SizeIn('S');
            if (onDisk < 0)
                onDisk = Disk.Stat(source.PathOf(entry))?.Length ?? entry.Size;
            return new Arrival(NewBase(onDisk, entry.Size), mask.Within(new MessageFlagSet(entry.Letters.System, source.Keywords.KeywordsOf(entry.Letters.Keywords))), entry.Size) { Guid = source.GuidOf(entry) };
        });
        var taken = await ArriveAsync(arrivals, (i, target) => place(sources[i], target), (i, target) => takeBack(sources[i], target), cancel, together && sources.Count > 1);
        var result = new List<(FolderEntry Source, FolderEntry Target)>(sources.Count);
        for (var i = 0; i < sources.Count; i++)
        {
            if (taken[i] is { Uid: > 0 } target)
                result.Add((sources[i], target));
        }

        return result;
    }

    /// <summary>
    /// Places files under the list's lock, then writes their UIDs. After an error all are taken back; with <paramref name="together"/> also
    /// after the end of the process or of the power.
    /// </summary>
    private async ValueTask<FolderEntry[]> ArriveAsync(
        IReadOnlyList<Arrival> arrivals,
        Func<int, string, bool> place,
        Func<int, string, bool> takeBack,
        CancellationToken cancel,
        bool together = false)
    {
        using var locked = await LockKnownListAsync(cancel);
        AddKeywords(arrivals.SelectMany(arrival => arrival.Keywords).Distinct(StringComparer.OrdinalIgnoreCase).ToList());

        using var change = BeginOwnChange();
        FolderEntry[] placed = [.. arrivals.Select(EntryOf)];
        try
        {
            if (together)
                await BeginBatchAsync(placed);
            var next = NextUid;
            for (var i = 0; i < placed.Length; i++)
            {
                if (place(i, PathOf(placed[i])))
                    placed[i].Uid = next++;
            }

            // Each directory may come to the disk for itself: all files are there before the file that names them goes.
            if (together)
                await _store.Commits.SyncAsync(Path, FailedSyncs);
            var numbered = placed.Where(entry => entry.Uid > 0).ToList();
            WriteNumbers(numbered, next);
            LogArrivals(numbered);
            if (together)
                Disk.Unlink(BatchPath);
        }
        catch
        {
            for (var i = placed.Length - 1; i >= 0; i--)
            {
                if (placed[i] is { Uid: > 0 } entry)
                    takeBack(i, PathOf(entry));
            }

            if (together)
                Disk.Unlink(BatchPath);
            throw;
        }

        foreach (var entry in placed)
        {
            if (entry.Uid == 0)
                continue;
            Table.Set(entry);
            Add(entry);
        }

        return placed;
    }

    private void LogArrivals(List<FolderEntry> entries)
    {
        if (entries.Count == 0)
            return;
        var modSeq = _log.Highest + 1;
        var records = new List<ChangeRecord>();
        foreach (var entry in entries)
        {
            entry.ModSeq = modSeq;
            ChangeSegments.Add(records, new ChangeRecord(modSeq, entry.Uid, entry.Uid, entry.Letters, IsExpunge: false));
        }

        _log.Append(records);
    }

    /// <summary>
    /// Locks the list when all of it is known. Messages that another program numbered have to be taken in first: their UIDs are lower
    /// than the ones given out now.
    /// </summary>
    private async ValueTask<DotLock> LockKnownListAsync(CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var locked = await LockListAsync(cancel);
            try
            {
                SettleBatch();
                var isKnown = Disk.Stat(ListPath) == _listFacts && _listFacts is not null;
                if (attempt == MostAttempts && !isKnown && !ReadListIfChanged(isLocked: true))
                    ReplaceList();
                if ((isKnown || attempt == MostAttempts) && !IsDead)
                {
                    SettleListed([]);
                    await MeasureAsync(cancel);
                    CatchUp();
                    return locked;
                }
            }
            catch
            {
                locked.Dispose();
                throw;
            }

            locked.Dispose();
            if (!await SyncAsync(force: true, cancel))
                throw new MailStoreException(StoreFault.Broken, $"Cannot deliver: the folder '{Path}' was deleted meanwhile.");
        }
    }

    // A message without flags goes to new, where another program finds it recent too.
    private FolderEntry EntryOf(Arrival arrival)
    {
        var letters = new List<char>();
        foreach (var keyword in arrival.Keywords)
        {
            if (Keywords.LetterOf(keyword) is { } letter)
                letters.Add(letter);
        }

        var inNew = arrival.Flags.System == SystemFlags.None && letters.Count == 0;
        var info = inNew ? "" : MessageFileName.InfoOf(arrival.Flags.System, letters, []);
        return new FolderEntry(_names.Add(arrival.Base), info, inNew)
        {
            Size = arrival.Size,
            RecentUnclaimed = true,
            Extensions = arrival.Guid.Length > 0 ? GuidField + arrival.Guid : "",
        };
    }

    private bool CopyFile(string from, string to)
    {
        switch (Disk.Link(from, to))
        {
            case LinkResult.Done:
                return true;
            case LinkResult.Missing:
                return false;
            case LinkResult.Taken:
                throw new MailStoreException(StoreFault.Broken, $"Cannot copy: the name '{to}' is taken. Two programs may make the same names: give each machine a host name of its own.");
        }

        var content = Disk.ReadAll(from);
        if (content is null || Disk.Stat(from) is not { } facts)
            return false;
        var scratch = _store.NewScratchPath();
        Disk.Create(scratch, [content]);
        try
        {
            Disk.SetModified(scratch, facts.Modified);
            return Disk.Rename(scratch, to);
        }
        catch
        {
            Disk.Unlink(scratch);
            throw;
        }
    }

    /// <summary>A message that is about to come.</summary>
    private sealed record Arrival(string Base, MessageFlagSet Flags, long Size)
    {
        /// <summary>The GUID that it had where it comes from; empty for a new message.</summary>
        internal string Guid { get; init; } = "";

        internal IEnumerable<string> Keywords => Flags.Keywords.IsDefault ? [] : Flags.Keywords;
    }
}
