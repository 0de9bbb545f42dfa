using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>
/// Mod-sequences. What a scan or a change of our own finds is unlogged until it is in the log; what the log tells of others is
/// claimed by the messages it names. A session is told a HIGHESTMODSEQ only up to where all of it was claimed.
/// </summary>
internal sealed partial class Folder
{
    // 2^20 changes a second would have to be made for one recovery to begin below the end of another.
    private const int RecoveryShift = 20;

    private readonly ChangeLog _log;
    private readonly List<FolderEntry> _unlogged = [];
    private readonly List<UidRange> _unloggedGaps = [];
    private readonly List<(ChangeRecord Record, int Scan)> _unclaimed = [];
    private List<ChangeRecord> _read = [];
    private int _readInScan;
    private bool _isReadWhole;
    private bool _hasLog;
    private bool _beganHere;

    /// <summary>HIGHESTMODSEQ (RFC 7162 section 3.1.2.1): everything up to it is in the entries.</summary>
    internal ulong HighestModSeq => _unclaimed.Count == 0 ? _log.Highest : _unclaimed.Min(claim => claim.Record.ModSeq) - 1;

    /// <summary>The UIDs that were expunged after a mod-sequence, up to another; null if the log does not reach back that far, or not yet so high.</summary>
    internal IReadOnlyList<UidRange>? ExpungedSince(ulong modSeq, ulong upTo)
    {
        if (!_hasLog || modSeq > upTo)
            return null;

        // A log of its own: what others wrote since is read by the next look.
        var log = new ChangeLog(Disk, () => System.IO.Path.Join(Path, ChangeLog.FileName));
        if (log.Read(UidValidity) is not { } records || modSeq < log.Floor)
            return null;
        return
        [
            .. ChangeSegments.Resolve(records)
                .Where(segment => segment.IsExpunge && segment.ModSeq > modSeq && segment.ModSeq <= upTo)
                .Select(segment => new UidRange(segment.First, segment.Last)),
        ];
    }

    private bool HasUnlogged => _unlogged.Count > 0 || _unloggedGaps.Count > 0 || !_hasLog;

    private void MarkUnlogged(FolderEntry entry)
    {
        if (entry.IsUnlogged)
            return;
        entry.IsUnlogged = true;
        _unlogged.Add(entry);
    }

    /// <summary>Records what a look at the directories found. A folder that cannot be written is read all the same.</summary>
    private async ValueTask RecordAsync(CancellationToken cancel)
    {
        if (!HasUnlogged)
            return;

        // Where it cannot be, the next look tries again; until then nobody is told of the new mod-sequences.
        using (var locked = await TryLockListAsync(cancel))
        {
            if (locked is null)
                return;
            try
            {
                CatchUp();
                WriteLog();
            }
            catch (MailStoreException)
            {
                return;
            }
        }

        _ = MakeDurable();
    }

    /// <summary>Logs as far as the disk lets it: what could not be written stays unlogged.</summary>
    private static void TryLog(Action step)
    {
        try
        {
            step();
        }
        catch (MailStoreException)
        {
            // A full disk must not keep anybody from expunging, nor from reading.
        }
    }

    /// <summary>
    /// Reads what others wrote to the log, before a look at the directories: the look shows all that it tells of. What was read before a look that
    /// has to be repeated waits with it: nobody has the messages yet that it names.
    /// </summary>
    private void ReadLogAhead()
    {
        if (_hasLog && !_log.HasChanged())
            return;
        _readInScan = _scan;
        if (_hasLog && _log.ReadTail() is { } tail)
        {
            _read = ChangeSegments.Resolve([.. _read, .. tail]);

            // Whoever logs a letter has written its keyword before: it is told by its name and not once more when that is found.
            ReadKeywordsIfChanged();
            return;
        }

        // A log that somebody writes to at this moment is read under the lock.
        _hasLog = false;
        if (UidValidity > 0 && _log.Read(UidValidity) is { } records)
        {
            _read = ChangeSegments.Resolve(records);
            _isReadWhole = true;
            _hasLog = true;
        }
    }

    /// <summary>Gives what was read to the messages it names. What a look that came after does not show is gone.</summary>
    private void ClaimRead()
    {
        var last = _readInScan < _scan ? Math.Max(_highestUid, NextUid - 1) : _highestUid;
        if (_isReadWhole)
            MarkUncovered(_read);
        var gone = new List<(FolderEntry Entry, ulong ModSeq)>();
        var unlogged = _unlogged.FindAll(static entry => entry.IsGone);
        unlogged.Sort(static (left, right) => left.Uid.CompareTo(right.Uid));
        var next = 0;
        foreach (var segment in _read)
        {
            // Records do not overlap and ascend, so one pass is enough.
            for (; next < unlogged.Count && unlogged[next].Uid <= segment.Last; next++)
            {
                if (segment.IsExpunge && unlogged[next].Uid >= segment.First)
                    Claimed(unlogged[next], segment.ModSeq);
            }

            if (!segment.IsExpunge)
                AddGaps(segment.First, Math.Min(segment.Last, last));
            Claim(segment, last, gone);
        }

        ClaimGone(gone);

        _isReadWhole = false;
        _read = [];
    }

    // What was unclaimed before the last look, and still is, is gone.
    private void DropUnclaimed()
    {
        foreach (var (record, scan) in _unclaimed)
        {
            if (scan < _scan && !record.IsExpunge)
                AddGaps(record.First, Math.Min(record.Last, Math.Max(_highestUid, NextUid - 1)));
        }

        _unclaimed.RemoveAll(claim => claim.Scan < _scan);
    }

    /// <summary>Takes in what others wrote to the log, the list locked.</summary>
    private void CatchUp()
    {
        ClaimRead();
        ReadLogAhead();
        ClaimRead();
        if (_hasLog)
            return;
        BeginLog();
        _hasLog = true;
    }

    // A first log, or one in the place of a lost one. After a loss the numbers jump ahead of all that may have been told, and
    // every message counts as changed.
    private void BeginLog()
    {
        var highest = _beganHere ? 1 : Math.Max(_log.Highest + 1, (ulong)_store.Clock.GetUtcNow().ToUnixTimeSeconds() << RecoveryShift);
        var records = new List<ChangeRecord>();
        foreach (var entry in _entries)
        {
            entry.ModSeq = highest;
            entry.IsUnlogged = false;
            entry.ChangedAt = Bump(entry);
            ChangeSegments.Add(records, new ChangeRecord(highest, entry.Uid, entry.Uid, entry.Letters, IsExpunge: false));
        }

        _unlogged.Clear();
        _unloggedGaps.Clear();
        _unclaimed.Clear();
        _log.Rewrite(UidValidity, highest, highest, records);
    }

    // Messages that no record of a whole log names.
    private void MarkUncovered(List<ChangeRecord> segments)
    {
        var next = 1ul;
        foreach (var segment in segments)
        {
            MarkUnlogged(next, segment.First - 1ul);
            next = segment.Last + 1ul;
        }

        MarkUnlogged(next, uint.MaxValue);
    }

    private void MarkUnlogged(ulong first, ulong last)
    {
        for (var i = FirstAtOrAbove(first); i < _entries.Count && _entries[i].Uid <= last; i++)
            MarkUnlogged(_entries[i]);
    }

    private void AddGaps(uint first, uint last)
    {
        var gap = (ulong)first;
        for (var i = FirstAtOrAbove(first); i < _entries.Count && _entries[i].Uid <= last; i++)
        {
            AddGap(gap, _entries[i].Uid - 1ul);
            gap = _entries[i].Uid + 1ul;
        }

        AddGap(gap, last);
    }

    private void AddGap(ulong first, ulong last)
    {
        if (first <= last)
            _unloggedGaps.Add(new UidRange((uint)first, (uint)last));
    }

    /// <summary>Applies one record of another process.</summary>
    private void Claim(ChangeRecord record, uint lastKnown, List<(FolderEntry Entry, ulong ModSeq)> gone)
    {
        if (record.Last > lastKnown)
            _unclaimed.Add((record with { First = Math.Max(record.First, lastKnown + 1) }, _readInScan));
        for (var i = FirstAtOrAbove(record.First); i < _entries.Count && _entries[i].Uid <= record.Last; i++)
        {
            var entry = _entries[i];
            if (record.IsExpunge)
            {
                gone.Add((entry, record.ModSeq));
            }
            else if (entry.Letters == record.Letters)
            {
                Claimed(entry, record.ModSeq);
            }
            else if (Disk.Stat(PathOf(entry)) is not null)
            {
                // Changed once more since: the file is right.
                entry.ModSeq = record.ModSeq;
                MarkUnlogged(entry);
            }
            else
            {
                entry.InNew = false;
                entry.SetInfo(MessageFileName.InfoOf(record.Letters.System, MessageLetters.LettersOf(record.Letters.Keywords), MessageFileName.Letters(entry.Info)));
                Claimed(entry, record.ModSeq);
            }
        }

    }

    private void ClaimGone(List<(FolderEntry Entry, ulong ModSeq)> gone)
    {
        if (gone.Count == 0)
            return;

        // A file that is there although its expunge was told to somebody gets a new number.
        _mustLook |= gone.Exists(pair => Disk.Stat(PathOf(pair.Entry)) is not null);
        Forget(gone.ConvertAll(static pair => pair.Entry));
        foreach (var (entry, modSeq) in gone)
            Claimed(entry, modSeq);
    }

    private void Claimed(FolderEntry entry, ulong modSeq)
    {
        entry.ModSeq = modSeq;
        entry.IsUnlogged = false;
        entry.ChangedAt = Bump(entry);
    }

    /// <summary>A message that comes into the entries: another process may have logged it already.</summary>
    private void ClaimNew(FolderEntry entry)
    {
        foreach (var (record, _) in _unclaimed)
        {
            if (record.First <= entry.Uid && entry.Uid <= record.Last && !record.IsExpunge && record.Letters == entry.Letters)
                entry.ModSeq = record.ModSeq;
        }

        if (entry.ModSeq == 0)
            MarkUnlogged(entry);
    }

    /// <summary>Writes what is unlogged, under one mod-sequence. The list is locked and the log was read.</summary>
    private void WriteLog()
    {
        _unlogged.RemoveAll(entry => !entry.IsUnlogged);
        if (_unlogged.Count == 0 && _unloggedGaps.Count == 0)
            return;
        var modSeq = _log.Highest + 1;
        _unlogged.Sort(static (left, right) => left.Uid.CompareTo(right.Uid));
        var records = new List<ChangeRecord>();
        foreach (var entry in _unlogged)
            ChangeSegments.Add(records, new ChangeRecord(modSeq, entry.Uid, entry.Uid, entry.IsGone ? default : entry.Letters, entry.IsGone));
        foreach (var gap in _unloggedGaps)
            records.Add(new ChangeRecord(modSeq, gap.First, gap.Last, default, IsExpunge: true));
        _log.Append(records);
        foreach (var entry in _unlogged)
            Claimed(entry, modSeq);
        _unlogged.Clear();
        _unloggedGaps.Clear();
        if (_log.IsWordy)
            _log.Compact();
    }

    /// <summary>The place of the first entry with this UID or a higher one.</summary>
    internal int FirstAtOrAbove(ulong uid)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_entries[middle].Uid < uid)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
