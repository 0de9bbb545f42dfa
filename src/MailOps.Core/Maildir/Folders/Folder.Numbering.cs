using System.Runtime.CompilerServices;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>UIDs: reading the list, giving numbers to messages that have none, writing the list.</summary>
internal sealed partial class Folder
{
    // Lines of messages that are gone are dropped when there are this many, and more of them than of the others.
    private const int MostLostLines = 1000;

    private FileFacts? _listFacts;
    private FileFacts? _keywordFacts;
    private ulong _listChecksum;
    private uint _highestUid;
    private uint _highestListed;
    private int _listed;
    private readonly List<FolderEntry> _unseen = [];
    private bool _distrusted;
    private bool _isListUnread;
    private bool _needsRewrite;
    private string? _deletedTo;

    private string ListPath => System.IO.Path.Join(Path, UidList.FileName);

    /// <summary>Gives every message that was found its UID: from the list, or a new one.</summary>
    /// <returns>False if the list has another UIDVALIDITY: then this folder is dead.</returns>
    private async ValueTask<bool> NumberAsync(List<FolderEntry> found, CancellationToken cancel)
    {
        if (found.Count == 0 && _isLoaded && Disk.Stat(ListPath) == _listFacts && _listFacts is not null)
            return true;
        if (!_isLoaded)
            ReadKeywordsIfChanged();
        var isTrusted = ReadListIfChanged(isLocked: false);
        if (IsDead)
            return false;
        var unnumbered = WithoutLeftovers(found);
        if (!HasUnseenBelow(unnumbered))
            Adopt(unnumbered, out unnumbered);
        foreach (var entry in unnumbered)
            entry.Size = await SizeAsync(entry, cancel);
        await MeasureAsync(cancel);

        if (isTrusted && unnumbered.Count == 0 && !_needsRewrite && !IsMostlyLost())
            return true;

        using var locked = await LockListAsync(cancel);
        if (!ReadListIfChanged(isLocked: true))
            ReplaceList();
        if (IsDead)
            return false;
        SettleListed(unnumbered);
        Adopt(unnumbered, out unnumbered);
        await MeasureAsync(cancel);
        Assign(unnumbered);
        return true;
    }

    private ValueTask<DotLock> LockListAsync(CancellationToken cancel) =>
        _store.Locks.AcquireAsync(ListPath + ".lock", cancel);

    /// <summary>Locks the list where that is possible: it is not in a folder that may not be written, nor on a full disk.</summary>
    private async ValueTask<DotLock?> TryLockListAsync(CancellationToken cancel)
    {
        try
        {
            return await LockListAsync(cancel);
        }
        catch (MailStoreException)
        {
            return null;
        }
    }

    /// <summary>Reads the list if another program wrote it, and gives its numbers to what was found.</summary>
    /// <returns>False if the list is missing or cannot be trusted; without the lock that may be because it is being written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool ReadListIfChanged(bool isLocked)
    {
        var facts = Disk.Stat(ListPath);
        if (facts is not null && facts == _listFacts && !_distrusted && !_isListUnread)
            return true;

        var octets = facts is null ? null : Disk.ReadAll(ListPath);
        if (octets is null)
            return false;

        var list = UidList.Parse(octets);
        var seal = UidSeal.Parse(Disk.ReadAll(SealPath) ?? []);
        if (!_isLoaded)
            TakeDurable(seal is { } known && known.UidValidity == list.UidValidity ? known : default, octets, facts!.Value);
        var isTorn = list.WholeLength < octets.Length;
        _distrusted = list.IsDamaged || (seal is not null && !seal.Value.Allows(list, octets, facts!.Value.Inode)) || (isTorn && isLocked && seal is null);
        if (_distrusted && !_isLoaded && isLocked && seal?.AllowsCut(octets, facts!.Value.Inode) == true)
        {
            // A cut of the power took lines of which nobody was told. Their UIDs stay used.
            list.CutAt(seal.Value.NextUid);
            _distrusted = false;
            isTorn = true;
        }

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

        Table.EnsureCapacity(list.Lines.Count);
        List<UidLine>? moved = null;
        foreach (var line in list.Lines)
        {
            if (!Take(line))
                (moved ??= []).Add(line);
        }

        if (moved is not null)
            TakeMovedBack(moved);
        UidValidity = list.UidValidity;
        NextUid = list.NextUid;
        Guid = list.Guid;
        _needsRewrite |= isTorn && isLocked;
        _needsRewrite |= list.Guid.Length == 0;
        _listFacts = isTorn ? null : facts;
        _isListUnread = false;
        _listChecksum = UidSeal.Extend(UidSeal.EmptyChecksum, octets);
        return true;
    }

    /// <summary>Takes in a line of the list.</summary>
    /// <returns>False if a message that is shown has another number in it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Take(UidLine line)
    {
        if (!Table.TryGet(line.Base.Octets, out var entry))
        {
            // At first the list's octets hold the names; later one new line would keep all the others alive.
            var name = _isLoaded ? _names.Add(line.Base.Octets) : line.Base;
            entry = new FolderEntry(name, "", inNew: false) { State = EntryState.Listed };
            Table.Set(entry);
            _listed++;
        }
        else if (entry.State == EntryState.Live)
        {
            return line.Uid <= entry.Uid;
        }

        // A number at or below one that was shown cannot be given to a message that appears now: views only grow at the end.
        entry.Uid = line.Uid;
        entry.Size = line.SizeAsSent >= 0 ? line.SizeAsSent : entry.Size;
        entry.Extensions = line.Extensions;
        if (entry.State == EntryState.Listed)
        {
            _highestListed = Math.Max(_highestListed, line.Uid);
            if (line.Uid > _highestUid)
                _unseen.Add(entry);
        }

        return true;
    }

    /// <summary>
    /// A message that another program moved away and back between two looks has its old name (Dovecot keeps it) and a new number: the one
    /// that was shown is expunged, and the next look finds it as a new one.
    /// </summary>
    private void TakeMovedBack(List<UidLine> lines)
    {
        var gone = new List<FolderEntry>(lines.Count);
        foreach (var line in lines)
        {
            if (Table.TryGet(line.Base.Octets, out var entry) && entry.State == EntryState.Live)
                gone.Add(entry);
        }

        Forget(gone);
        foreach (var line in lines)
            Take(line);
        _mustLook = true;
    }

    // Views only grow at the end: a message may not be shown while one with a lower number, of a file that came after the look, is still to come.
    private bool HasUnseenBelow(List<FolderEntry> found)
    {
        _unseen.RemoveAll(static entry => entry.State != EntryState.Listed);
        if (_unseen.Count == 0)
            return false;
        var lowest = _unseen.Min(static entry => entry.Uid);
        return found.Exists(entry => entry.State == EntryState.Found && entry.Uid > lowest);
    }

    /// <summary>
    /// Before a number is given out, the list locked: lines above all that are shown, whose files came after the directories were read,
    /// are the last to be taken in. Where there is no file now, there will be none.
    /// </summary>
    private void SettleListed(List<FolderEntry> pending)
    {
        if (_highestListed <= _highestUid)
            return;
        _scan++;
        var found = new List<FolderEntry>();
        Look(NewPath, inNew: true, found);
        Look(CurPath, inNew: false, found);
        var listed = WithoutLeftovers(found.FindAll(entry => entry.Uid > _highestUid));
        Adopt(listed, out _);
        var kept = new HashSet<FolderEntry>(pending);
        PutBack(found.FindAll(entry => !kept.Contains(entry)));
        pending.RemoveAll(entry => entry.State == EntryState.Live);

        // The others are found again by the next look.
        _recheckAt = DateTimeOffset.MinValue;
        _highestUid = Math.Max(_highestUid, _highestListed);
        _unseen.Clear();
    }

    /// <summary>Takes numbered entries into the folder; the others come back in the order in which they get their numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Adopt(List<FolderEntry> found, out List<FolderEntry> unnumbered)
    {
        unnumbered = [];
        var numbered = new List<FolderEntry>(found.Count);
        foreach (var entry in found)
        {
            if (entry.State != EntryState.Found)
                continue;
            if (entry.Uid > _highestUid)
            {
                numbered.Add(entry);
                continue;
            }

            entry.HasStaleLine |= entry.Uid > 0;
            unnumbered.Add(entry);
        }

        _entries.EnsureCapacity(_entries.Count + numbered.Count);
        foreach (var entry in InOrder(numbered))
            Add(entry);
        unnumbered.Sort(static (left, right) => ArrivalOrder.Compare(left.Name, right.Name));
    }

    // Numbers are dense as a rule: then each has its place, and nothing has to be compared.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static IEnumerable<FolderEntry> InOrder(List<FolderEntry> numbered)
    {
        var (lowest, highest) = (uint.MaxValue, 0u);
        foreach (var entry in numbered)
            (lowest, highest) = (Math.Min(lowest, entry.Uid), Math.Max(highest, entry.Uid));
        if (numbered.Count < 2 || highest - lowest > numbered.Count * 4L)
        {
            numbered.Sort(static (left, right) => left.Uid.CompareTo(right.Uid));
            return numbered;
        }

        var places = new FolderEntry?[highest - lowest + 1];
        foreach (var entry in numbered)
            places[entry.Uid - lowest] = entry;
        return places.OfType<FolderEntry>();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(FolderEntry entry)
    {
        if (entry.Size < 0)
            entry.Size = entry.Name.SizeIn('W');
        if (entry.Size < 0)
            _unmeasured.Add(entry);
        entry.State = EntryState.Live;
        entry.ChangedAt = Bump(entry);
        _entries.Add(entry);
        _highestUid = entry.Uid;
        if (_hasLog)
            ClaimNew(entry);
    }

    private readonly List<FolderEntry> _unmeasured = [];

    // Messages that have a number but no size as sent anywhere: read once, then kept in the list.
    private async ValueTask MeasureAsync(CancellationToken cancel)
    {
        foreach (var entry in _unmeasured)
        {
            entry.Size = await SizeAsync(entry, cancel);
            _needsRewrite = true;
        }

        _unmeasured.Clear();
    }

    private async ValueTask<long> SizeAsync(FolderEntry entry, CancellationToken cancel)
    {
        if (entry.Name.SizeIn('W') is >= 0 and var known)
            return known;
        await using var file = OpenFile(entry);
        return file is null ? 0 : await CrlfStream.CountAsync(file, cancel);
    }

    // Its line goes from the list: the next sync covers all UIDs that are there, and what it covers is not looked at again.
    private List<FolderEntry> WithoutLeftovers(List<FolderEntry> found) => found.FindAll(entry =>
    {
        if (!IsLeftover(entry))
            return true;
        _needsRewrite |= entry.Uid > 0;
        entry.Uid = 0;
        return false;
    });

    // After a cut of the power a file may be there of whose content not all reached the disk; nobody was told that it arrived. What was
    // covered by a sync is not looked at, nor a name that others made: its sizes may mean something else (compressed mail).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool IsLeftover(FolderEntry entry) =>
        (entry.Uid == 0 || entry.Uid >= _durableNext)
        && UniqueNames.IsOurs(entry.Name)
        && entry.Name.SizeIn('S') is > 0 and var whole
        && Disk.Stat(PathOf(entry)) is { } facts
        && facts.Length < whole;

    /// <summary>The list is missing or damaged. What this process knows is right; if it knows nothing, all messages get new UIDs under a new UIDVALIDITY.</summary>
    private void ReplaceList()
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
        DropListed(entry => entry.Uid = 0);
        var sealedValidity = UidSeal.Parse(Disk.ReadAll(SealPath) ?? [])?.UidValidity ?? 0;
        UidValidity = UidValidityCounter.Next(Disk, _accountPath, _store.Clock, Math.Max(UidValidity, sealedValidity));
        NextUid = 1;
        Guid = System.Guid.NewGuid().ToString("N");
        _beganHere = true;
        _hasLog = false;
    }

    /// <summary>Forgets lines without files.</summary>
    private void DropListed(Action<FolderEntry> kept)
    {
        if (_listed > 0)
            Table.RemoveWhere(static entry => entry.State == EntryState.Listed);
        _listed = 0;
        _highestListed = 0;
        Table.ForEach(kept);
    }

    private bool IsMostlyLost() => _listed > MostLostLines && _listed > _entries.Count;

    // Nothing is shown before its number is written: after a failure the next look finds the messages again.
    private void Assign(List<FolderEntry> unnumbered)
    {
        var next = NextUid;
        foreach (var entry in unnumbered)
        {
            // Its old line must go, or the list would have the name twice.
            _needsRewrite |= entry.HasStaleLine;
            entry.HasStaleLine = false;
            entry.Uid = next++;
        }

        try
        {
            WriteNumbers(unnumbered, next);
        }
        catch
        {
            // A number that stands in no list is nobody's.
            unnumbered.ForEach(static entry => entry.Uid = 0);
            throw;
        }

        TryLog(CatchUp);
        foreach (var entry in unnumbered)
            Add(entry);
        TryLog(WriteLog);
        _ = MakeDurable();
    }

    /// <summary>Writes the numbers of new messages. The list is locked and known.</summary>
    private void WriteNumbers(IReadOnlyCollection<FolderEntry> added, uint next)
    {
        var before = NextUid;
        var failedSyncs = FailedSyncs;
        try
        {
            NextUid = next;
            if (_needsRewrite || _failedSyncs != failedSyncs || IsMostlyLost() || !AppendToList(added))
                RewriteList(added);
            if (_failedSyncs != failedSyncs)
                TryLog(() => RenewLog(failedSyncs));
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
        if (Guid.Length == 0)
            Guid = System.Guid.NewGuid().ToString("N");
        var octets = UidList.Format(UidValidity, NextUid, Guid, _entries.Concat(added).Select(LineOf));
        ReplaceFile(ListPath, octets);
        DropListed(static _ => { });
        _needsRewrite = false;
        var checksum = UidSeal.Extend(UidSeal.EmptyChecksum, octets);
        MarkListDurable(checksum);
        Seal(checksum);
    }

    /// <summary>
    /// Replaces one of the small files. The temporary name is the one that Dovecot uses; whoever writes it holds the lock. The content is on
    /// disk before the name is: a cut of the power leaves the old file or the new one, and never an empty one (as it may on XFS).
    /// </summary>
    private void ReplaceFile(string path, byte[] octets)
    {
        var scratch = path + ".tmp";
        Disk.Unlink(scratch);
        Disk.Create(scratch, [octets]);
        Disk.Flush(scratch);
        Disk.Rename(scratch, path);
        Disk.Flush(Path);
    }

    private UidLine LineOf(FolderEntry entry) => new(entry.Uid, entry.Name, entry.Size, entry.Extensions);

    private void Die(string? deletedTo)
    {
        IsDead = true;
        _deletedTo = deletedTo;
        foreach (var entry in _entries)
            entry.State = EntryState.Gone;
        ExpungedAt = Bump(null);
    }
}
