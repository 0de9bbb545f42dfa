using System.Runtime.CompilerServices;
using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;

namespace MailOps.Maildir.Folders;

/// <summary>Flags and expunges. The gate is held; the caller awaits the sync afterwards, outside it.</summary>
internal sealed partial class Folder
{
    /// <summary>True if a session that may change the folder has something to claim.</summary>
    internal bool HasRecent
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        get
        {
            foreach (var entry in Entries)
            {
                if (entry.RecentUnclaimed || entry.InNew)
                    return true;
            }

            return false;
        }
    }

    /// <summary>
    /// Gives \Recent to a session that may change the folder: its messages move from <c>new</c> to <c>cur</c>, with the list locked. Where it cannot
    /// be locked, or they cannot be moved, they are shown all the same.
    /// </summary>
    /// <returns>Those that nobody had claimed before.</returns>
    internal async ValueTask<HashSet<FolderEntry>> ClaimRecentAsync(CancellationToken cancel)
    {
        HashSet<FolderEntry> claimed = [];
        using var locked = await TryLockListAsync(cancel);
        using var change = BeginOwnChange();
        foreach (var entry in _entries)
        {
            if (entry.RecentUnclaimed)
            {
                entry.RecentUnclaimed = false;
                claimed.Add(entry);
            }
        }

        if (locked is null)
            return claimed;
        try
        {
            foreach (var entry in _entries)
            {
                if (entry.InNew)
                    TryMove(entry, entry.Info.Length == 0 ? MessageFileName.EmptyInfo : entry.Info);
            }
        }
        catch (MailStoreException)
        {
            // The next session tries again.
        }

        return claimed;
    }

    /// <summary>Changes flags of entries that are still there, those alone that may be changed.</summary>
    /// <returns>Those that were changed, and those that <paramref name="hasChanged"/> keeps from it.</returns>
    internal async ValueTask<(List<FolderEntry> Done, List<FolderEntry> Modified)> StoreFlagsAsync(
        IReadOnlyList<FolderEntry> entries,
        FlagChange change,
        MessageFlagSet flags,
        FlagMask mask,
        Func<FolderEntry, bool>? hasChanged,
        CancellationToken cancel)
    {
        var allowed = mask.Within(flags);
        var keywords = allowed.Keywords;
        var done = new List<FolderEntry>();
        var modified = new List<FolderEntry>();
        for (var attempt = 1; ; attempt++)
        {
            List<FolderEntry> lost;
            using (await LockListAsync(cancel))
            {
                // What was found and not logged yet gets its mod-sequence first: UNCHANGEDSINCE asks for it.
                TryLog(CatchUp);
                TryLog(WriteLog);
                if (change != FlagChange.Remove)
                    AddKeywords(keywords);
                var meant = new List<FolderEntry>(entries.Count);
                foreach (var entry in entries)
                    (hasChanged is not null && !entry.IsGone && hasChanged(entry) ? modified : meant).Add(entry);
                done.AddRange(ChangeLetters(meant, change, allowed, mask, out lost));
            }

            if (lost.Count == 0 || attempt == 2 || !await SyncAsync(force: true, cancel))
                return (done, modified);
            entries = lost;
        }
    }

    /// <summary>Removes entries. For views other than <paramref name="actor"/> that have them, their files are kept.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="isMeant">Whether an entry is still meant when a look shows that another program has renamed it.</param>
    /// <param name="actor">The view that asks for it.</param>
    /// <param name="cancel">Ends the wait.</param>
    internal async ValueTask<int> RemoveAsync(IReadOnlyList<FolderEntry> entries, Func<FolderEntry, bool> isMeant, MailboxView? actor, CancellationToken cancel)
    {
        // What was renamed once more meanwhile is found by the next look, and stays until somebody asks again.
        var (removed, lost) = await RemoveOnceAsync(entries, actor, cancel);
        if (lost.Count > 0 && await SyncAsync(force: true, cancel))
            removed += (await RemoveOnceAsync(lost.FindAll(entry => !entry.IsGone && isMeant(entry)), actor, cancel)).Removed;
        return removed;
    }

    private async ValueTask<(int Removed, List<FolderEntry> Lost)> RemoveOnceAsync(IReadOnlyList<FolderEntry> entries, MailboxView? actor, CancellationToken cancel)
    {
        using var locked = await LockForRemovalAsync(cancel);
        if (locked is not null)
            TryLog(CatchUp);
        try
        {
            var gone = RemoveFiles(entries, actor, out var lost);
            gone.RemoveAll(entry => entry.IsGone);
            Forget(gone);
            return (gone.Count, lost);
        }
        finally
        {
            if (locked is not null)
                TryLog(WriteLog);
        }
    }

    // On a full disk there may be no room for a lock file either: then the next look logs what is gone.
    private async ValueTask<DotLock?> LockForRemovalAsync(CancellationToken cancel)
    {
        try
        {
            return await LockListAsync(cancel);
        }
        catch (MailStoreException error) when (error.Fault == StoreFault.Full)
        {
            return null;
        }
    }

    /// <summary>Moves the folder's directory to where it is removed when no view needs it any more.</summary>
    /// <returns>False if another program was faster.</returns>
    internal bool Delete(Func<string, string, bool> detach)
    {
        var target = _store.NewScratchPath();
        if (!detach(Path, target))
            return false;
        Path = target;
        Die(target);
        if (_views.Count == 0)
            Disk.DeleteTree(target);
        return true;
    }

    /// <summary>Renames the folder's directory.</summary>
    internal bool MoveTo(string path)
    {
        if (!Disk.Rename(Path, path))
            return false;
        Path = path;
        return true;
    }

    /// <summary>The folder's directory was renamed with one above it.</summary>
    internal void MovedTo(string path) => Path = path;

    private List<FolderEntry> RemoveFiles(IReadOnlyList<FolderEntry> entries, MailboxView? actor, out List<FolderEntry> lost)
    {
        lost = [];
        var gone = new List<FolderEntry>(entries.Count);
        using var change = BeginOwnChange();
        using var freed = new Freed(_store.Quotas, Disk, AccountPath);
        try
        {
            foreach (var entry in entries)
            {
                if (entry.IsGone)
                    continue;
                if (freed.Count(entry.Base, PathOf(entry), () => Bury(entry, actor)))
                    gone.Add(entry);
                else
                    lost.Add(entry);
            }
        }
        catch
        {
            Forget(gone);
            throw;
        }

        return gone;
    }

    // How many views will ask for the message until they are told; 0 if it is the actor alone, who knows.
    private int ReadersOf(FolderEntry entry, MailboxView? actor)
    {
        var readers = _views.Count(view => view.Holds(entry));
        return readers == 1 && actor is not null && actor.Holds(entry) ? 0 : readers;
    }

    private bool Bury(FolderEntry entry, MailboxView? actor)
    {
        var readers = ReadersOf(entry, actor);
        if (readers == 0)
            return Disk.Unlink(PathOf(entry));
        var grave = _store.NewScratchPath();
        _graves[entry.Uid] = new Grave(grave, readers);
        if (Disk.Rename(PathOf(entry), grave))
            return true;
        _graves.TryRemove(entry.Uid, out _);
        return false;
    }

    // Before a message moves to another folder: a second name for those who were not told.
    private void KeepForOthers(FolderEntry entry, MailboxView? actor)
    {
        var readers = ReadersOf(entry, actor);
        if (readers == 0 || _graves.ContainsKey(entry.Uid))
            return;
        var grave = _store.NewScratchPath();
        if (Disk.Link(PathOf(entry), grave) == LinkResult.Done)
            _graves[entry.Uid] = new Grave(grave, readers);
    }

    // The list is locked. What is not in the log in the end has its old flags again.
    private List<FolderEntry> ChangeLetters(IReadOnlyList<FolderEntry> entries, FlagChange change, MessageFlagSet flags, FlagMask mask, out List<FolderEntry> lost)
    {
        lost = [];
        var done = new List<FolderEntry>(entries.Count);
        var before = new List<string>(entries.Count);
        using var own = BeginOwnChange();
        try
        {
            foreach (var entry in entries)
            {
                if (entry.IsGone)
                    continue;
                var info = entry.Info;
                if (!TryMove(entry, InfoAfter(entry, change, flags, mask)))
                {
                    lost.Add(entry);
                    continue;
                }

                done.Add(entry);
                before.Add(info);
            }

            WriteLog();
            return done;
        }
        catch (MailStoreException)
        {
            for (var i = done.Count - 1; i >= 0; i--)
                TryLog(() => TryMove(done[i], before[i].Length == 0 ? MessageFileName.EmptyInfo : before[i]));
            throw;
        }
    }

    /// <summary>Flags as letters, without the keywords that have none here.</summary>
    internal MessageLetters LettersOf(MessageFlagSet flags)
    {
        var keywords = 0ul;
        foreach (var keyword in flags.Keywords.IsDefault ? [] : flags.Keywords)
            keywords |= Keywords.LetterOf(keyword) is { } letter ? MessageLetters.BitOf(letter) : 0;
        return MessageLetters.Of(flags.System, keywords);
    }

    /// <summary>True if every keyword of these has its letter.</summary>
    internal bool KnowsAll(MessageFlagSet flags) => flags.Keywords.IsDefault || flags.Keywords.All(keyword => Keywords.IndexOf(keyword) >= 0);

    private string InfoAfter(FolderEntry entry, FlagChange change, MessageFlagSet flags, FlagMask mask)
    {
        // A letter whose keyword is not known is kept, whatever is asked: it is somebody's.
        var named = entry.Letters.Keywords & (change == FlagChange.Replace && mask.Keywords ? ~Keywords.NamedLetters : ulong.MaxValue);
        foreach (var keyword in flags.Keywords)
        {
            if (Keywords.LetterOf(keyword) is not { } letter)
                continue;
            named = change == FlagChange.Remove ? named & ~Keywords.BitsOf(keyword) : named | MessageLetters.BitOf(letter);
        }

        var system = change switch
        {
            FlagChange.Add => entry.Letters.System | flags.System,
            FlagChange.Remove => entry.Letters.System & ~flags.System,
            _ => (entry.Letters.System & ~mask.System) | flags.System,
        };
        return MessageFileName.InfoOf(system, MessageLetters.LettersOf(named), MessageFileName.Letters(entry.Info));
    }

    private bool TryMove(FolderEntry entry, string info)
    {
        if (entry.InNew || info != entry.Info)
        {
            if (!Disk.Rename(PathOf(entry), System.IO.Path.Join(CurPath, entry.Base + info)))
            {
                MarkDirty();
                return false;
            }

            entry.InNew = false;
            if (entry.SetInfo(info))
                Changed(entry);
        }

        return true;
    }

    /// <summary>Gives keywords their letters, as long as there are any, and writes the table. The list is locked.</summary>
    private void AddKeywords(IReadOnlyCollection<string> keywords)
    {
        if (keywords.All(keyword => Keywords.IndexOf(keyword) >= 0))
            return;
        ReadKeywordsIfChanged();
        var used = 0ul;
        foreach (var entry in _entries)
            used |= entry.Letters.Keywords;
        var wider = KeywordTable.Parse(Keywords.Format(), Keywords.FormatMore());
        var isWider = false;
        foreach (var keyword in keywords)
            isWider |= wider.IndexOf(keyword) < 0 && wider.TryAdd(keyword, used);
        if (!isWider)
            return;

        var (path, morePath) = (System.IO.Path.Join(Path, KeywordTable.FileName), System.IO.Path.Join(Path, KeywordTable.MoreFileName));
        var (shared, more) = (wider.Format(), wider.FormatMore());
        if (!shared.AsSpan().SequenceEqual(Keywords.Format()))
            ReplaceFile(path, shared);
        if (!more.AsSpan().SequenceEqual(Keywords.FormatMore()))
            ReplaceFile(morePath, more);
        _keywordFacts = (Disk.Stat(path), Disk.Stat(morePath));
        Keywords = wider;
        Bump(null);
    }
}
