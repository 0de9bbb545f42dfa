using MailOps.Maildir.Access;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>A session's view of a folder. Its lists are changed only by its own calls, under the folder's gate, so that the folder may look into them.</summary>
internal sealed partial class MailboxView : IMailbox
{
    private readonly Folder _folder;
    private readonly MailboxOpening _opening;
    // In a folder that is changed all the time the last look was made durable, and what came since is told a moment too early.
    private const int MostAttempts = 5;

    private MessageList _messages = MessageList.Empty;
    private long _seenVersion = -1;
    private bool _owesExpunges;
    private bool _isClosed;

    private MailboxView(Folder folder, MailboxOpening opening)
    {
        _folder = folder;
        _opening = opening;
        Name = opening.Name;
        UidValidity = folder.UidValidity;
    }

    /// <summary>Opens a view. The gate is held and the folder is up to date.</summary>
    internal static async ValueTask<MailboxView> OpenAsync(Folder folder, MailboxOpening opening, CancellationToken cancel)
    {
        var view = new MailboxView(folder, opening);
        view.RefreshRights();
        var recent = await view.ClaimRecentAsync(cancel);
        folder.AddView(view);
        view.Update(expunges: true, recent);
        return view;
    }

    public string Name { get; }

    public bool ReadOnly => _opening.ReadOnly || (Rights & MailboxRights.Changing) == MailboxRights.None;

    public MailboxRights Rights { get; private set; } = MailboxRights.All;

    public uint UidValidity { get; }

    public uint UidNext { get; private set; }

    public IReadOnlyList<MailboxMessage> Messages => _messages;

    public (int Recent, int FirstUnseen) CountNews() => _messages.CountNews();

    public ulong HighestModSeq { get; private set; }

    public string Guid => _folder.Guid;

    public IReadOnlyList<string> Keywords { get; private set; } = [];

    public bool TakesKeywords => Keywords.Count < KeywordTable.Most;

    /// <summary>True if the view still shows the entry.</summary>
    internal bool Holds(FolderEntry entry) => _messages.IndexOf(entry.Uid) is >= 0 and var index && _messages.EntryAt(index) == entry;

    public bool RefreshRights()
    {
        // Of one that was deleted nothing can be read any more.
        if (_opening.RightsIn is { } rightsIn && !_folder.IsDead)
            Rights = rightsIn(_folder.Path);
        return Rights.HasFlag(MailboxRights.Read);
    }

    public async ValueTask<MailboxChanges> RefreshAsync(bool expunges, CancellationToken cancel)
    {
        if (!RefreshRights())
            return MailboxChanges.None with { IsLost = true };
        for (var attempt = 1; ; attempt++)
        {
            Task durable;
            await _folder.Gate.WaitAsync(cancel);
            try
            {
                // The view changes when nothing can fail any more: what it no longer shows must be told, or the client counts wrong.
                await _folder.SyncAsync(force: false, cancel);
                durable = _folder.EnsureDurableAsync();
                if (durable.IsCompletedSuccessfully || attempt == MostAttempts)
                    return Update(expunges, await ClaimRecentAsync(cancel));
            }
            finally
            {
                _folder.Gate.Release();
            }

            await durable;
        }
    }

    public Task WaitForChangeAsync(CancellationToken cancel) =>
        _folder.WaitAsync(() => HasOtherRights() || _folder.Version != _seenVersion || _owesExpunges || _folder.MayHaveChanged(), cancel);

    public Task WaitForChangeButExpungesAsync(CancellationToken cancel) =>
        _folder.WaitAsync(() => HasOtherRights() || _folder.Version != _seenVersion || _folder.MayHaveChanged(), cancel);

    public string GuidOf(MailboxMessage message) =>
        Folder.To128Bits(EntryOf(message) is { } entry ? _folder.GuidOf(entry) : message.FileName);

    public async ValueTask<IReadOnlyList<UidRange>?> ExpungedSinceAsync(ulong modSeq, CancellationToken cancel)
    {
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            var known = _folder.ExpungedSince(modSeq, HighestModSeq);
            return known;
        }
        finally
        {
            _folder.Gate.Release();
        }
    }

    public async ValueTask<IReadOnlyList<MailboxMessage>> SetInternalDateAsync(IReadOnlyList<MailboxMessage> messages, DateTimeOffset arrived, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        HashSet<FolderEntry> done;
        Task durable;
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            await _folder.SyncAsync(force: false, cancel);
            var failedSyncs = _folder.FailedSyncs;
            done = [.. await _folder.SetModifiedAsync(EntriesOf(messages), arrived, cancel)];
            durable = _folder.MakeDurable(failedSyncs);
        }
        finally
        {
            _folder.Gate.Release();
        }

        await durable;
        return [.. messages.Where(message => EntryOf(message) is { } entry && done.Contains(entry))];
    }

    public async ValueTask ExpungeAsync(IReadOnlyList<MailboxMessage>? only, CancellationToken cancel) =>
        await RemoveAsync(only ?? _messages, static entry => entry.Letters.System.HasFlag(SystemFlags.Deleted), cancel);

    public ValueTask<int> RemoveAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken cancel) =>
        RemoveAsync(messages, static _ => true, cancel);

    public async ValueTask<CopiedMessages?> CopyAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel) =>
        await TransferAsync(messages, target, (folder, entries, mask) => folder.CopyFromAsync(_folder, entries.Count == messages.Count ? entries : [], mask, cancel), isUndone: true, cancel);

    public async ValueTask<CopiedMessages?> MoveAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        RequireRights(MailboxRights.DeleteMessages | MailboxRights.Expunge);
        return await TransferAsync(messages, target, (folder, entries, mask) => folder.MoveFromAsync(_folder, entries, mask, this, cancel), isUndone: false, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _folder.Gate.WaitAsync(CancellationToken.None);
        try
        {
            _folder.RemoveView(this, _messages.Entries);
        }
        finally
        {
            _folder.Gate.Release();
        }

        _messages = MessageList.Empty;
    }

    private async ValueTask<int> RemoveAsync(IReadOnlyList<MailboxMessage> messages, Func<FolderEntry, bool> isMeant, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        RequireRights(MailboxRights.Expunge);
        int removed;
        Task durable;
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            // Flags that another program set just now count.
            await _folder.SyncAsync(force: false, cancel);
            var entries = EntriesOf(messages).FindAll(entry => !entry.IsGone && isMeant(entry));
            if (entries.Count == 0)
                return 0;
            removed = await _folder.RemoveAsync(entries, isMeant, this, cancel);
            durable = _folder.MakeDurable();
        }
        finally
        {
            _folder.Gate.Release();
        }

        await durable;
        return removed;
    }

    private async ValueTask<CopiedMessages?> TransferAsync(
        IReadOnlyList<MailboxMessage> messages,
        string target,
        Func<Folder, IReadOnlyList<FolderEntry>, FlagMask, ValueTask<List<(FolderEntry Source, FolderEntry Target)>>> transfer,
        bool isUndone,
        CancellationToken cancel)
    {
        RequireRights(MailboxRights.Read);
        if (_opening.Find(target) is not (var folder, var mask))
            return null;
        using var gates = await FolderGates.EnterAsync(_folder, folder, cancel);
        if (!await folder.SyncAsync(force: false, cancel))
            return null;
        await _folder.SyncAsync(force: false, cancel);
        var failedSyncs = folder.FailedSyncs;
        var pairs = await transfer(folder, EntriesOf(messages), mask);
        var validity = folder.UidValidity;
        var durable = Task.WhenAll(isUndone ? folder.MakeDurable(failedSyncs) : folder.MakeDurable(), _folder.MakeDurable());
        gates.Dispose();
        try
        {
            await durable;
        }
        catch (MailStoreException) when (isUndone)
        {
            // What was copied and may not last is taken back. What was moved stays: it is in one of the two.
            await folder.TakeBackAsync(pairs.ConvertAll(pair => pair.Target));
            throw;
        }

        return new CopiedMessages(validity, pairs.ConvertAll(pair => pair.Source.Uid), pairs.ConvertAll(pair => pair.Target.Uid));
    }

    private MailboxChanges Update(bool expunges, HashSet<FolderEntry> recent)
    {
        if (_folder.IsLost)
            return MailboxChanges.None with { IsLost = true };
        if (_seenVersion == _folder.Version && !(expunges && _owesExpunges))
            return MailboxChanges.None;

        _owesExpunges |= _folder.ExpungedAt > _seenVersion;
        (List<int> Numbers, List<uint> Uids) expunged = ([], []);
        if (expunges && _owesExpunges)
            expunged = DropExpunged();

        var (changed, modSeqs) = TellFlags();
        var appended = _folder.IsDead ? 0 : TakeNew(recent);
        Keywords = _folder.Keywords.Names;
        _seenVersion = _folder.Version;
        RaiseHighestModSeq();
        return new MailboxChanges(expunged.Numbers, appended, changed) { ExpungedUids = expunged.Uids, ModSeqsChanged = modSeqs };
    }

    // An expunge that was not told keeps it below: a client that leaves now must hear of it when it comes back.
    private void RaiseHighestModSeq()
    {
        // In a mailbox that was deleted the expunges have no numbers of their own.
        if (_folder.IsDead)
            return;
        var highest = _folder.HighestModSeq;
        if (_owesExpunges)
        {
            foreach (var entry in _messages.Entries)
            {
                if (entry.IsGone && !entry.IsUnlogged)
                    highest = Math.Min(highest, entry.ModSeq - 1);
            }
        }

        HighestModSeq = highest;
    }

    private (List<int> Numbers, List<uint> Uids) DropExpunged()
    {
        List<int> expunged = [];
        List<uint> uids = [];
        var entries = _messages.Entries;
        for (var i = 0; i < entries.Length; i++)
        {
            if (!entries[i].IsGone)
                continue;

            // Each number is the one after those before it were removed.
            expunged.Add(i + 1 - expunged.Count);
            uids.Add(entries[i].Uid);
            _folder.ReleaseGrave(entries[i]);
        }

        _messages = _messages.WithoutGone(expunged.Count);
        _owesExpunges = false;
        return (expunged, uids);
    }

    private int TakeNew(HashSet<FolderEntry> recent)
    {
        var first = _folder.FirstAtOrAbove(_messages.LastUid + 1ul);
        var added = _folder.Entries[first..];
        if (added.Length > 0)
            _messages = _messages.With(added, recent, showsUnclaimed: ReadOnly, _folder.Keywords);
        UidNext = _folder.NextUid;
        return added.Length;
    }

    private async ValueTask<HashSet<FolderEntry>> ClaimRecentAsync(CancellationToken cancel) =>
        ReadOnly || _folder.IsDead || _seenVersion == _folder.Version || !_folder.HasRecent ? [] : await _folder.ClaimRecentAsync(cancel);

    private FolderEntry? EntryOf(MailboxMessage message) => _messages.IndexOf(message.Uid) is >= 0 and var index ? _messages.EntryAt(index) : null;

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

    private bool HasOtherRights()
    {
        var told = Rights;
        return !RefreshRights() || Rights != told;
    }

    // As they are now: somebody may have taken them since the command began.
    private MailboxRights RequireRights(MailboxRights needed)
    {
        RefreshRights();
        return Rights.HasFlag(needed) ? Rights : throw MailStoreException.NotPermitted(Name, needed);
    }

    private void ThrowIfReadOnly()
    {
        if (_opening.ReadOnly)
            throw new InvalidOperationException($"The mailbox '{Name}' was opened read-only.");
    }
}
