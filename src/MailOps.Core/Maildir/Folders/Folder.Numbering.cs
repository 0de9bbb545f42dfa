using System.Runtime.CompilerServices;
using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>UIDs: messages that have one are taken in, those that have none are given one.</summary>
internal sealed partial class Folder
{
    private (FileFacts? Shared, FileFacts? More) _keywordFacts;
    private uint _highestUid;
    private string? _deletedTo;

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
        var isBehind = HasUnseenBelow(unnumbered);
        if (!isBehind)
            Adopt(unnumbered, out unnumbered);
        foreach (var entry in unnumbered)
            entry.Size = await SizeAsync(entry, cancel);
        await MeasureAsync(cancel);

        if (isTrusted && unnumbered.Count == 0 && !_needsRewrite && !IsMostlyLost())
            return true;

        // While another program keeps the lock, what has a number is shown all the same. The others are found again a little later.
        using var locked = isTrusted && !isBehind ? await LockListIfFreeAsync(cancel) : await LockListAsync(cancel);
        if (locked is null)
        {
            LookAgainAfterRest();
            return true;
        }

        var removed = SettleBatch();
        if (removed.Count > 0)
            unnumbered.RemoveAll(entry => removed.Contains(Encoding.UTF8.GetString(entry.Name.Octets)));
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

    private void Die(string? deletedTo)
    {
        IsDead = true;
        _deletedTo = deletedTo;
        foreach (var entry in _entries)
            entry.State = EntryState.Gone;
        ExpungedAt = Bump(null);
    }
}
