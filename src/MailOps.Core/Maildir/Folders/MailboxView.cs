using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>A session's view of a folder. Its lists are changed only by its own calls, under the folder's gate, so that the folder may look into them.</summary>
internal sealed partial class MailboxView : IMailbox
{
    private readonly Folder _folder;
    private readonly StoreEnvironment _store;
    private readonly FolderFinder _find;
    private MailboxMessage[] _messages = [];
    private List<FolderEntry> _entries = [];
    private long _seenVersion = -1;
    private bool _owesExpunges;
    private bool _isClosed;

    /// <summary>Opens a view. The gate is held and the folder is up to date.</summary>
    internal MailboxView(StoreEnvironment store, Folder folder, string name, bool readOnly, FolderFinder find)
    {
        _store = store;
        _folder = folder;
        _find = find;
        Name = name;
        ReadOnly = readOnly;
        UidValidity = folder.UidValidity;
        folder.AddView(this);
        Update(expunges: true);
    }

    /// <summary>Finds another folder of the account and brings it up to date; null if there is none.</summary>
    internal delegate Folder? FolderFinder(string mailbox);

    public string Name { get; }

    public bool ReadOnly { get; }

    public uint UidValidity { get; }

    public uint UidNext { get; private set; }

    public IReadOnlyList<MailboxMessage> Messages => _messages;

    public IReadOnlyList<string> Keywords { get; private set; } = [];

    /// <summary>True if the view still shows the entry.</summary>
    internal bool Holds(FolderEntry entry) => IndexOf(entry.Uid) is >= 0 and var index && _entries[index] == entry;

    public async ValueTask<MailboxChanges> RefreshAsync(bool expunges, CancellationToken cancel)
    {
        MailboxChanges changes;
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            await _folder.SyncAsync(force: false, cancel);
            changes = Update(expunges);
        }
        finally
        {
            _folder.Gate.Release();
        }

        await _folder.EnsureDurableAsync();
        return changes;
    }

    public Task WaitForChangeAsync(CancellationToken cancel) =>
        _folder.WaitAsync(() => _folder.Version != _seenVersion || _owesExpunges || _folder.MayHaveChanged(), cancel);

    public async ValueTask<IReadOnlyList<MailboxMessage>> StoreFlagsAsync(IReadOnlyList<MailboxMessage> messages, FlagChange change, MessageFlagSet flags, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        var result = new List<MailboxMessage>(messages.Count);
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            var isCurrent = _seenVersion == _folder.Version;
            var done = new HashSet<FolderEntry>(await _folder.StoreFlagsAsync(EntriesOf(messages), change, flags, cancel));
            foreach (var message in messages)
            {
                if (IndexOf(message.Uid) is not (>= 0 and var index) || !done.Contains(_entries[index]))
                    continue;
                var now = _messages[index] with { Flags = _entries[index].Message.Flags };
                _messages[index] = now;
                result.Add(now);
            }

            Keywords = _folder.Keywords.Names;
            if (isCurrent)
                _seenVersion = _folder.Version;
        }
        finally
        {
            _folder.Gate.Release();
        }

        await SyncAsync(_folder);
        return result;
    }

    public ValueTask ExpungeAsync(IReadOnlyList<MailboxMessage>? only, CancellationToken cancel) =>
        RemoveAsync(only ?? _messages, entry => entry.Message.Flags.System.HasFlag(SystemFlags.Deleted), cancel);

    public ValueTask RemoveAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken cancel) =>
        RemoveAsync(messages, static _ => true, cancel);

    public async ValueTask<CopiedMessages?> CopyAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel) =>
        await TransferAsync(messages, target, (folder, entries) => folder.CopyFromAsync(_folder, entries, cancel), isUndone: true, cancel);

    public async ValueTask<CopiedMessages?> MoveAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        return await TransferAsync(messages, target, (folder, entries) => folder.MoveFromAsync(_folder, entries, this, cancel), isUndone: false, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _folder.Gate.WaitAsync(CancellationToken.None);
        try
        {
            _folder.RemoveView(this, _entries);
        }
        finally
        {
            _folder.Gate.Release();
        }

        _entries = [];
        _messages = [];
    }

    private async ValueTask RemoveAsync(IReadOnlyList<MailboxMessage> messages, Func<FolderEntry, bool> isMeant, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            // Flags that another program set just now count.
            await _folder.SyncAsync(force: false, cancel);
            var entries = EntriesOf(messages).FindAll(entry => !entry.IsGone && isMeant(entry));
            if (entries.Count == 0)
                return;
            await _folder.RemoveAsync(entries, this, cancel);
        }
        finally
        {
            _folder.Gate.Release();
        }

        await SyncAsync(_folder);
    }

    private async ValueTask<CopiedMessages?> TransferAsync(
        IReadOnlyList<MailboxMessage> messages,
        string target,
        Func<Folder, IReadOnlyList<FolderEntry>, ValueTask<List<(FolderEntry Source, FolderEntry Target)>>> transfer,
        bool isUndone,
        CancellationToken cancel)
    {
        if (_find(target) is not { } folder)
            return null;
        using var gates = await FolderGates.EnterAsync(_folder, folder, cancel);
        if (!await folder.SyncAsync(force: false, cancel))
            return null;
        await _folder.SyncAsync(force: false, cancel);
        var pairs = await transfer(folder, EntriesOf(messages));
        var validity = folder.UidValidity;
        gates.Dispose();
        try
        {
            await _store.Commits.SyncAsync(_folder.Path, folder.Path);
        }
        catch (MailStoreException) when (isUndone)
        {
            // What was copied and may not last is taken back. What was moved stays: it is in one of the two.
            await folder.TakeBackAsync(pairs.ConvertAll(pair => pair.Target));
            throw;
        }

        return new CopiedMessages(validity, pairs.ConvertAll(pair => pair.Source.Uid), pairs.ConvertAll(pair => pair.Target.Uid));
    }

    // The new and cur directories lie on the file system of their parent.
    private Task SyncAsync(Folder folder) => _store.Commits.SyncAsync(folder.Path);

    private MailboxChanges Update(bool expunges)
    {
        if (_seenVersion == _folder.Version && !(expunges && _owesExpunges))
            return MailboxChanges.None;

        List<int> expunged = [];
        if (expunges)
            expunged = DropExpunged();
        else
            _owesExpunges = _entries.Exists(entry => entry.IsGone);

        // A list that was handed out before stays as it was.
        List<int> changed = [];
        var messages = _messages;
        for (var i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (entry.ChangedAt <= _seenVersion || entry.IsGone || entry.Message.Flags.Equals(_messages[i].Flags))
                continue;
            if (changed.Count == 0)
                messages = [.. _messages];
            messages[i] = messages[i] with { Flags = entry.Message.Flags };
            changed.Add(i + 1);
        }

        _messages = messages;

        var appended = _folder.IsDead ? 0 : TakeNew();
        Keywords = _folder.Keywords.Names;
        _seenVersion = _folder.Version;
        return new MailboxChanges(expunged, appended, changed);
    }

    private List<int> DropExpunged()
    {
        List<int> expunged = [];
        var messages = new List<MailboxMessage>(_messages.Length);
        var entries = new List<FolderEntry>(_entries.Count);
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].IsGone)
            {
                // Each number is the one after those before it were removed.
                expunged.Add(entries.Count + 1);
                _folder.ReleaseGrave(_entries[i]);
            }
            else
            {
                messages.Add(_messages[i]);
                entries.Add(_entries[i]);
            }
        }

        _messages = [.. messages];
        _entries = entries;
        _owesExpunges = false;
        return expunged;
    }

    private int TakeNew()
    {
        var known = _folder.Entries;
        var last = _entries.Count == 0 ? 0 : _entries[^1].Uid;
        var first = known.Count;
        while (first > 0 && known[first - 1].Uid > last)
            first--;

        HashSet<FolderEntry> recent = [];
        if (!ReadOnly)
            _folder.ClaimRecent(entry => recent.Add(entry));
        var appended = new List<MailboxMessage>(known.Count - first);
        for (var i = first; i < known.Count; i++)
        {
            var entry = known[i];
            var isRecent = recent.Contains(entry) || (ReadOnly && entry.RecentUnclaimed);
            _entries.Add(entry);
            appended.Add(isRecent ? entry.Message with { Recent = true } : entry.Message);
        }

        if (appended.Count > 0)
            _messages = [.. _messages, .. appended];
        UidNext = _folder.NextUid;
        return appended.Count;
    }

    private FolderEntry? EntryOf(MailboxMessage message) => IndexOf(message.Uid) is >= 0 and var index ? _entries[index] : null;

    private List<FolderEntry> EntriesOf(IReadOnlyList<MailboxMessage> messages)
    {
        var result = new List<FolderEntry>(messages.Count);
        foreach (var message in messages)
        {
            if (EntryOf(message) is { } entry)
                result.Add(entry);
        }

        return result;
    }

    private int IndexOf(uint uid)
    {
        var (low, high) = (0, _entries.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = _entries[middle].Uid;
            if (found == uid)
                return middle;
            if (found < uid)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    private void ThrowIfReadOnly()
    {
        if (ReadOnly)
            throw new InvalidOperationException($"The mailbox '{Name}' was opened read-only.");
    }
}
