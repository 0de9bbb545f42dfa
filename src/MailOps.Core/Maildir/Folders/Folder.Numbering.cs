using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>UIDs: reading the list, giving numbers to messages that have none, writing the list.</summary>
internal sealed partial class Folder
{
    // Lines of messages that are gone are dropped when there are this many, and more of them than of the others.
    private const int MostLostLines = 1000;

    private readonly Dictionary<string, UidLine> _lost = new(StringComparer.Ordinal);
    private FileFacts? _listFacts;
    private FileFacts? _keywordFacts;
    private string _guid = "";
    private ulong _listChecksum;
    private uint _highestUid;
    private uint _highestLost;
    private bool _needsRewrite;
    private string? _deletedTo;

    private string ListPath => System.IO.Path.Join(Path, UidList.FileName);

    private string SealPath => System.IO.Path.Join(Path, UidSeal.FileName);

    /// <summary>Gives every fresh message its UID: from the list, or a new one.</summary>
    /// <returns>False if the list has another UIDVALIDITY: then this folder is dead.</returns>
    private async ValueTask<bool> NumberAsync(Dictionary<string, FolderEntry> fresh, CancellationToken cancel)
    {
        if (fresh.Count == 0 && _isLoaded && Disk.Stat(ListPath) == _listFacts && _listFacts is not null)
            return true;
        if (!_isLoaded)
            ReadKeywordsIfChanged();
        var isTrusted = ReadListIfChanged(fresh, isLocked: false);
        if (IsDead)
            return false;
        Adopt(fresh, out var unnumbered);
        unnumbered.RemoveAll(IsEmptyLeftover);
        foreach (var entry in unnumbered)
            entry.Size = await SizeAsync(entry, -1, cancel);
        await MeasureAsync(cancel);

        if (isTrusted && unnumbered.Count == 0 && !_needsRewrite && !IsMostlyLost())
            return true;

        using var locked = await LockListAsync(cancel);
        var pending = unnumbered.ToDictionary(entry => entry.Base, StringComparer.Ordinal);
        if (!ReadListIfChanged(pending, isLocked: true))
            ReplaceList(pending);
        if (IsDead)
            return false;
        SettleLost(pending);
        Adopt(pending, out unnumbered);
        await MeasureAsync(cancel);
        Assign(unnumbered);
        return true;
    }

    private ValueTask<DotLock> LockListAsync(CancellationToken cancel) =>
        _store.Locks.AcquireAsync(ListPath + ".lock", cancel);

    /// <summary>Reads the list if another program wrote it, and gives its numbers to entries in <paramref name="pending"/>.</summary>
    /// <returns>False if the list is missing or cannot be trusted; without the lock that may be because it is being written.</returns>
    private bool ReadListIfChanged(Dictionary<string, FolderEntry> pending, bool isLocked)
    {
        var facts = Disk.Stat(ListPath);
        if (facts is not null && facts == _listFacts && !_distrusted)
        {
            NumberFromLost(pending);
            return true;
        }

        var octets = facts is null ? null : Disk.ReadAll(ListPath);
        if (octets is null)
            return false;

        var list = UidList.Parse(octets);
        var hasSeal = UidSeal.Parse(Disk.ReadAll(SealPath) ?? []) is var seal && seal is not null;
        var isTorn = list.WholeLength < octets.Length;
        _distrusted = list.IsDamaged || (hasSeal && !seal!.Value.Allows(list, octets, facts!.Value.Inode)) || (isTorn && isLocked && !hasSeal);
        if (_distrusted)
            return false;
        if (_isLoaded && list.UidValidity != UidValidity)
        {
            Die(deletedTo: null);
            return true;
        }

        if (_isLoaded && list.NextUid < NextUid)
        {
            _distrusted = true;
            return false;
        }

        foreach (var line in list.Lines)
        {
            if (_byBase.ContainsKey(line.Base))
                continue;
            _lost[line.Base] = line;
            _highestLost = Math.Max(_highestLost, line.Uid);
        }

        UidValidity = list.UidValidity;
        NextUid = list.NextUid;
        _guid = list.Guid;
        _needsRewrite |= isTorn && isLocked;
        _needsRewrite |= list.Guid.Length == 0;
        _listFacts = isTorn ? null : facts;
        _listChecksum = UidSeal.Extend(UidSeal.EmptyChecksum, octets);
        NumberFromLost(pending);
        return true;
    }

    private bool _distrusted;

    // A number at or below one that was shown cannot be given to a message that appears now: views only grow at the end.
    private void NumberFromLost(Dictionary<string, FolderEntry> pending)
    {
        foreach (var entry in pending.Values)
        {
            if (entry.Uid != 0 || !_lost.TryGetValue(entry.Base, out var line) || line.Uid <= _highestUid)
                continue;
            entry.Uid = line.Uid;
            if (line.SizeAsSent >= 0)
                entry.Size = line.SizeAsSent;
            entry.Extensions = line.Extensions;
            _lost.Remove(entry.Base);
        }
    }

    /// <summary>
    /// Before a number is given out, the list locked: lines above all that are shown, whose files came after the directories were read,
    /// are the last to be taken in. Where there is no file now, there will be none.
    /// </summary>
    private void SettleLost(Dictionary<string, FolderEntry> pending)
    {
        if (_highestLost <= _highestUid)
            return;
        _scan++;
        var fresh = new Dictionary<string, FolderEntry>(StringComparer.Ordinal);
        Look(NewPath, inNew: true, fresh);
        Look(CurPath, inNew: false, fresh);
        NumberFromLost(fresh);
        NumberFromLost(pending);
        foreach (var entry in fresh.Values)
        {
            if (entry.Uid != 0)
                pending[entry.Base] = entry;
        }

        // The others are found again by the next look.
        _recheckAt = DateTimeOffset.MinValue;
        Adopt(pending, out var unnumbered);
        _highestUid = Math.Max(_highestUid, _highestLost);
        pending.Clear();
        foreach (var entry in unnumbered)
            pending.Add(entry.Base, entry);
    }

    /// <summary>Takes numbered entries into the folder; the others come back in the order in which they get their numbers.</summary>
    private void Adopt(Dictionary<string, FolderEntry> pending, out List<FolderEntry> unnumbered)
    {
        unnumbered = [];
        var numbered = new List<FolderEntry>(pending.Count);
        foreach (var entry in pending.Values)
            (entry.Uid == 0 ? unnumbered : numbered).Add(entry);
        numbered.Sort(static (left, right) => left.Uid.CompareTo(right.Uid));
        foreach (var entry in numbered)
            Add(entry);
        unnumbered.Sort(static (left, right) => MessageFileName.CompareByArrival(left.Base, right.Base));
    }

    private void Add(FolderEntry entry)
    {
        if (entry.Size < 0)
            entry.Size = MessageFileName.SizeIn(entry.Base, 'W');
        if (entry.Size < 0)
            _unmeasured.Add(entry);
        entry.Message = new MailboxMessage(entry.Uid, entry.Size, FlagsOf(entry.Info), Recent: false, entry.Base);
        entry.ChangedAt = Bump();
        _entries.Add(entry);
        _byBase.Add(entry.Base, entry);
        _highestUid = entry.Uid;
    }

    private readonly List<FolderEntry> _unmeasured = [];

    // Messages that have a number but no size as sent anywhere: read once, then kept in the list.
    private async ValueTask MeasureAsync(CancellationToken cancel)
    {
        foreach (var entry in _unmeasured)
        {
            entry.Size = await SizeAsync(entry, -1, cancel);
            entry.Message = entry.Message with { Size = entry.Size };
            _needsRewrite = true;
        }

        _unmeasured.Clear();
    }

    private async ValueTask<long> SizeAsync(FolderEntry entry, long known, CancellationToken cancel)
    {
        if (known < 0)
            known = MessageFileName.SizeIn(entry.Base, 'W');
        if (known >= 0)
            return known;
        await using var file = OpenFile(entry);
        return file is null ? 0 : await CrlfStream.CountAsync(file, cancel);
    }

    // After a cut of the power a file may be there whose content never reached the disk; nobody was told that it arrived.
    private bool IsEmptyLeftover(FolderEntry entry) =>
        entry.InNew && MessageFileName.SizeIn(entry.Base, 'S') > 0 && Disk.Stat(PathOf(entry)) is { Length: 0 };

    /// <summary>The list is missing or damaged. What this process knows is right; if it knows nothing, all messages get new UIDs under a new UIDVALIDITY.</summary>
    private void ReplaceList(Dictionary<string, FolderEntry> pending)
    {
        if (_isLoaded && Disk.Stat(ListPath) is null && Disk.Stat(SealPath) is null)
        {
            // Both are gone: another program deleted the mailbox and made a new one in its place.
            Die(deletedTo: null);
            return;
        }

        _needsRewrite = true;
        _distrusted = false;
        if (_isLoaded || _entries.Count > 0)
            return;
        foreach (var entry in pending.Values)
            entry.Uid = 0;
        _lost.Clear();
        var sealedValidity = UidSeal.Parse(Disk.ReadAll(SealPath) ?? [])?.UidValidity ?? 0;
        UidValidity = UidValidityCounter.Next(Disk, _accountPath, _store.Clock, Math.Max(UidValidity, sealedValidity));
        NextUid = 1;
        _guid = Guid.NewGuid().ToString("N");
    }

    private bool IsMostlyLost() => _lost.Count > MostLostLines && _lost.Count > _entries.Count;

    // Nothing is shown before its number is written: after a failure the next look finds the messages again.
    private void Assign(List<FolderEntry> unnumbered)
    {
        var next = NextUid;
        foreach (var entry in unnumbered)
        {
            // Its old line must go, or the list would have the name twice.
            _needsRewrite |= _lost.ContainsKey(entry.Base);
            entry.Uid = next++;
        }

        WriteNumbers(unnumbered, next);
        foreach (var entry in unnumbered)
            Add(entry);
        _durable = _store.Commits.SyncAsync(Path);
    }

    /// <summary>Writes the numbers of new messages. The list is locked and known.</summary>
    private void WriteNumbers(IReadOnlyCollection<FolderEntry> added, uint next)
    {
        var before = NextUid;
        try
        {
            NextUid = next;
            if (_needsRewrite || IsMostlyLost() || !AppendToList(added))
                RewriteList(added);
        }
        catch
        {
            NextUid = before;
            _listFacts = null;
            throw;
        }
    }

    /// <summary>Appends lines. The list is locked and known.</summary>
    /// <returns>False if there is no list.</returns>
    private bool AppendToList(IReadOnlyCollection<FolderEntry> entries)
    {
        if (entries.Count == 0)
            return true;
        var octets = UidList.FormatLines(entries.Select(LineOf));
        if (_listFacts is null || !Disk.Append(ListPath, octets))
            return false;
        Seal(UidSeal.Extend(_listChecksum, octets));
        return true;
    }

    private void RewriteList(IEnumerable<FolderEntry> added)
    {
        if (_guid.Length == 0)
            _guid = Guid.NewGuid().ToString("N");
        var octets = UidList.Format(UidValidity, NextUid, _guid, _entries.Concat(added).Select(LineOf));
        ReplaceFile(ListPath, octets);
        _lost.Clear();
        _needsRewrite = false;
        Seal(UidSeal.Extend(UidSeal.EmptyChecksum, octets));
    }

    private void Seal(ulong checksum)
    {
        _listChecksum = checksum;
        _listFacts = Disk.Stat(ListPath);
        if (_listFacts is { } facts)
            Disk.Overwrite(SealPath, new UidSeal(UidValidity, NextUid, facts.Inode, facts.Length, checksum).Format());
    }

    // The temporary name is the one that Dovecot uses; whoever writes it holds the lock.
    private void ReplaceFile(string path, byte[] octets)
    {
        Disk.Unlink(path + ".tmp");
        Disk.Create(path + ".tmp", [octets]);
        Disk.Rename(path + ".tmp", path);
    }

    private UidLine LineOf(FolderEntry entry) => new(entry.Uid, entry.Base, entry.Size, entry.Extensions);

    private void Die(string? deletedTo)
    {
        IsDead = true;
        _deletedTo = deletedTo;
        foreach (var entry in _entries)
            entry.IsGone = true;
        Bump();
    }
}
