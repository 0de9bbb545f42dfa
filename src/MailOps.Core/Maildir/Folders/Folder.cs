using System.Collections.Concurrent;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Log;

namespace MailOps.Maildir.Folders;

/// <summary>
/// One folder as this process knows it, shared by all views on it. Everything but signals, graves and paths is read and changed
/// under <see cref="Gate"/> alone.
/// </summary>
internal sealed partial class Folder
{
    private readonly StoreEnvironment _store;
    private readonly List<MailboxView> _views = [];
    private readonly List<FolderEntry> _entries = [];
    private readonly EntryTable _table = new();
    private readonly NameArena _names = new();
    private readonly ConcurrentDictionary<uint, Grave> _graves = [];
    private const int MostInJournal = 4096;

    private readonly List<FolderEntry?> _journal = [];
    private TaskCompletionSource _changed = NewSignal();
    private static long _made;
    private int _waiters;

    internal Folder(StoreEnvironment store, string path, string accountPath)
    {
        _store = store;
        AccountPath = accountPath;
        Path = path;
        Order = Interlocked.Increment(ref _made);
        _log = new ChangeLog(store.Disk, () => System.IO.Path.Join(Path, ChangeLog.FileName));
    }

    /// <summary>The directory of its account.</summary>
    internal string AccountPath { get; }

    /// <summary>The place in the lock order, where two folders are needed.</summary>
    internal long Order { get; }

    /// <summary>Held while the folder is looked at or changed.</summary>
    internal SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>The folder's directory. It moves when the mailbox is renamed or deleted.</summary>
    internal string Path { get; private set; }

    /// <summary>True when the mailbox was deleted, or its UIDVALIDITY changed: views on it see it empty, new ones open another.</summary>
    internal bool IsDead { get; private set; }

    /// <summary>True when it is dead and nobody here deleted it: its directory has disappeared, or has other messages.</summary>
    internal bool IsLost => IsDead && _deletedTo is null;

    internal uint UidValidity { get; private set; }

    internal uint NextUid { get; private set; } = 1;

    /// <summary>Counts changes, so that a view knows whether there is anything to look for.</summary>
    internal long Version { get; private set; }

    /// <summary>The 128-bit GUID of the mailbox, in hex, as Dovecot knows it too.</summary>
    internal string Guid { get; private set; } = "";

    /// <summary>The version when a message was expunged last.</summary>
    internal long ExpungedAt { get; private set; }

    /// <summary>The messages by UID, ascending.</summary>
    internal ReadOnlySpan<FolderEntry> Entries => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries);

    internal int Count => _entries.Count;

    internal KeywordTable Keywords { get; private set; } = new();

    internal bool HasWaiters => Volatile.Read(ref _waiters) > 0;

    private IMaildirDisk Disk => _store.Disk;

    private string NewPath => System.IO.Path.Join(Path, "new");

    private string CurPath => System.IO.Path.Join(Path, "cur");

    /// <summary>Tells that something was delivered into the folder. Needs no gate.</summary>
    internal void MarkDirty()
    {
        Volatile.Write(ref _dirty, 1);
        Signal();
    }

    /// <summary>Wakes whoever waits for a change. Needs no gate.</summary>
    internal void Signal()
    {
        // Who begins to wait counts itself first, and then looks whether there is news.
        Interlocked.MemoryBarrier();
        if (HasWaiters)
            Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
    }

    /// <summary>Ends at the next signal, or is complete if the view has something to be told.</summary>
    internal async Task WaitAsync(Func<bool> hasNews, CancellationToken cancel)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (hasNews())
                return;
            await changed.WaitAsync(cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    internal void AddView(MailboxView view)
    {
        _views.Add(view);
        HasOtherAccess();
    }

    /// <summary>The entries that changed after a version, some more than once, as far as that is remembered.</summary>
    internal ReadOnlySpan<FolderEntry?> ChangesSince(long version, out bool isComplete)
    {
        var first = version - (Version - _journal.Count);
        isComplete = first >= 0;
        return isComplete ? System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_journal)[(int)first..] : [];
    }

    /// <summary>True if nothing but these entries changed after a version.</summary>
    internal bool IsChangedOnlyBy(long version, HashSet<FolderEntry> entries)
    {
        var recent = ChangesSince(version, out var isComplete);
        foreach (var entry in recent)
        {
            if (entry is not null && !entries.Contains(entry))
                return false;
        }

        return isComplete && ExpungedAt <= version;
    }

    /// <summary>Forgets a view, and what was kept for it alone.</summary>
    internal void RemoveView(MailboxView view, ReadOnlySpan<FolderEntry> itsEntries)
    {
        if (!_views.Remove(view))
            return;
        foreach (var entry in itsEntries)
        {
            if (entry.IsGone)
                ReleaseGrave(entry);
        }

        if (IsDead && _views.Count == 0 && _deletedTo is { } path)
            Disk.DeleteTree(path);
    }

    /// <summary>A view was told of an expunge and will not read the message again.</summary>
    internal void ReleaseGrave(FolderEntry entry)
    {
        if (!_graves.TryGetValue(entry.Uid, out var grave))
            return;
        if (grave.Readers > 1)
        {
            _graves[entry.Uid] = grave with { Readers = grave.Readers - 1 };
            return;
        }

        if (_graves.TryRemove(entry.Uid, out _))
            Disk.Unlink(grave.Path);
    }

    /// <summary>Removes what was kept of messages that are still there after all.</summary>
    internal void DropGraves(IEnumerable<FolderEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (_graves.TryRemove(entry.Uid, out var grave))
                Disk.Unlink(grave.Path);
        }
    }

    /// <summary>Where the entry's file lies, as far as is known.</summary>
    internal string PathOf(FolderEntry entry) => System.IO.Path.Join(Path, entry.InNew ? "new" : "cur", entry.Base + entry.Info);

    /// <summary>Counts a change, of one entry or of the folder, and wakes who waits for it.</summary>
    private long Bump(FolderEntry? entry)
    {
        if (_journal.Count >= MostInJournal)
            _journal.RemoveRange(0, MostInJournal / 2);
        _journal.Add(entry);
        Version++;
        Signal();

        // What is read for the first time is no change.
        if (_isLoaded)
            _store.Watches.Touch(AccountPath, Path);
        return Version;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An expunged message's file, kept until the last view that may read it was told.</summary>
    private sealed record Grave(string Path, int Readers);
}
