using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;

namespace MailOps.Maildir.Folders;

/// <summary>Flags and expunges. The gate is held; the caller awaits the sync afterwards, outside it.</summary>
internal sealed partial class Folder
{
    /// <summary>Gives \Recent to a session that may change the folder: its messages move from <c>new</c> to <c>cur</c>.</summary>
    internal void ClaimRecent(Action<FolderEntry> claimed)
    {
        if (!_entries.Exists(entry => entry.RecentUnclaimed || entry.InNew))
            return;
        using var change = BeginOwnChange();
        foreach (var entry in _entries)
        {
            if (entry.RecentUnclaimed)
            {
                entry.RecentUnclaimed = false;
                claimed(entry);
            }

            if (entry.InNew)
                TryMove(entry, entry.Info.Length == 0 ? MessageFileName.EmptyInfo : entry.Info);
        }
    }

    /// <summary>Changes flags of entries that are still there, and returns those.</summary>
    internal async ValueTask<List<FolderEntry>> StoreFlagsAsync(IReadOnlyList<FolderEntry> entries, FlagChange change, MessageFlagSet flags, CancellationToken cancel)
    {
        var keywords = flags.Keywords.IsDefault ? [] : flags.Keywords;
        if (change != FlagChange.Remove)
            await AddKeywordsAsync(keywords, cancel);
        var done = ChangeLetters(entries, change, flags.System, keywords, out var lost);
        if (lost.Count > 0 && await SyncAsync(force: true, cancel))
            done.AddRange(ChangeLetters(lost, change, flags.System, keywords, out _));
        return done;
    }

    /// <summary>Removes entries. For views other than <paramref name="actor"/> that have them, their files are kept.</summary>
    internal async ValueTask RemoveAsync(IReadOnlyList<FolderEntry> entries, MailboxView? actor, CancellationToken cancel)
    {
        var gone = RemoveFiles(entries, actor, out var lost);
        if (lost.Count > 0 && await SyncAsync(force: true, cancel))
        {
            gone.AddRange(RemoveFiles(lost, actor, out _));
            foreach (var entry in lost)
            {
                if (!entry.IsGone && !gone.Contains(entry))
                    gone.Add(entry);
            }
        }

        gone.RemoveAll(entry => entry.IsGone);
        Forget(gone);
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
        using var freed = new Freed(_store.Quotas, Disk, _accountPath);
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
        if (readers == 0)
            return;
        var grave = _store.NewScratchPath();
        if (Disk.Link(PathOf(entry), grave) == LinkResult.Done)
            _graves[entry.Uid] = new Grave(grave, readers);
    }

    private List<FolderEntry> ChangeLetters(IReadOnlyList<FolderEntry> entries, FlagChange change, SystemFlags system, IReadOnlyCollection<string> keywords, out List<FolderEntry> lost)
    {
        lost = [];
        var done = new List<FolderEntry>(entries.Count);
        using var own = BeginOwnChange();
        foreach (var entry in entries)
        {
            if (entry.IsGone)
                continue;
            if (TryMove(entry, InfoAfter(entry, change, system, keywords)))
                done.Add(entry);
            else
                lost.Add(entry);
        }

        return done;
    }

    private string InfoAfter(FolderEntry entry, FlagChange change, SystemFlags system, IReadOnlyCollection<string> keywords)
    {
        var letters = MessageFileName.Letters(entry.Info);
        var old = MessageFileName.SystemFlagsOf(letters);
        var named = new HashSet<char>();
        foreach (var letter in letters)
        {
            // A letter whose keyword is not known is kept, whatever is asked: it is somebody's.
            if (letter is >= 'a' and <= 'z' && (change != FlagChange.Replace || Keywords.KeywordsOf([letter]).IsEmpty))
                named.Add(letter);
        }

        foreach (var keyword in keywords)
        {
            if (Keywords.LetterOf(keyword) is not { } letter)
                continue;
            if (change == FlagChange.Remove)
                named.Remove(letter);
            else
                named.Add(letter);
        }

        var flags = change switch
        {
            FlagChange.Add => old | system,
            FlagChange.Remove => old & ~system,
            _ => system,
        };
        return MessageFileName.InfoOf(flags, named, letters);
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
            entry.Info = info;
            FlagsChanged(entry);
        }

        return true;
    }

    /// <summary>Gives keywords their letters, as long as there are any, and writes the table under the list's lock.</summary>
    private async ValueTask AddKeywordsAsync(IReadOnlyCollection<string> keywords, CancellationToken cancel)
    {
        if (keywords.All(keyword => Keywords.IndexOf(keyword) >= 0))
            return;
        using var locked = await LockListAsync(cancel);
        AddKeywords(keywords);
    }

    private void AddKeywords(IReadOnlyCollection<string> keywords)
    {
        if (keywords.All(keyword => Keywords.IndexOf(keyword) >= 0))
            return;
        ReadKeywordsIfChanged();
        var used = 0u;
        foreach (var entry in _entries)
            used |= KeywordTable.LettersIn(MessageFileName.Letters(entry.Info));
        var wider = KeywordTable.Parse(Keywords.Format());
        var isWider = false;
        foreach (var keyword in keywords)
            isWider |= wider.IndexOf(keyword) < 0 && wider.TryAdd(keyword, used);
        if (!isWider)
            return;

        var path = System.IO.Path.Join(Path, KeywordTable.FileName);
        ReplaceFile(path, wider.Format());
        _keywordFacts = Disk.Stat(path);
        Keywords = wider;
        Bump();
    }
}
