using System.Runtime.CompilerServices;
using System.Diagnostics;
using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Finding what is in the directories.</summary>
internal sealed partial class Folder
{
    // The kernel stamps directories with the time of its last tick: two changes within one tick look like one.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // For file systems that keep whole or even seconds only.
    private static readonly TimeSpan CoarseTick = TimeSpan.FromSeconds(2.1);

    // How soon after a change of our own the directories are read again, for changes by others that ours may have covered; a folder that takes
    // long to read is read in one twentieth of the time.
    private static readonly TimeSpan RecheckAfterOwnChange = TimeSpan.FromSeconds(1);
    private const int RestAfterLook = 20;

    private const int MostAttempts = 5;

    private readonly Dictionary<string, string> _infoPool = new(StringComparer.Ordinal);
    private DateTimeOffset _newModified;
    private DateTimeOffset _curModified;
    private DateTimeOffset _recheckAt = DateTimeOffset.MaxValue;
    private TimeSpan _lookTime;
    private int _dirty;
    private int _scan;
    private bool _isLoaded;
    private bool _mustLook;

    /// <summary>Cheap look from outside the gate: may there be something that <see cref="SyncAsync"/> would find?</summary>
    internal bool MayHaveChanged()
    {
        if (IsDead)
            return false;

        // Not earlier than a tick after the last look, or somebody who waits and looks in turns would do nothing else.
        if (Volatile.Read(ref _dirty) != 0 || DateTimeOffset.UtcNow - _recheckAt >= Tick)
            return true;
        return Disk.Stat(NewPath)?.Modified != _newModified || Disk.Stat(CurPath)?.Modified != _curModified;
    }

    /// <summary>Brings the folder up to date with its directories, its UID list and its log. The gate is held.</summary>
    /// <returns>False if there is no such folder any more.</returns>
    internal async ValueTask<bool> SyncAsync(bool force, CancellationToken cancel)
    {
        if (!_isLoaded)
            LoadIndex();
        for (var attempt = 1; !IsDead; attempt++)
        {
            List<FolderEntry>? found;
            try
            {
                found = await LookAsync(force, cancel);
            }
            catch
            {
                // Why this look was due is forgotten.
                _recheckAt = DateTimeOffset.MinValue;
                throw;
            }

            if (IsDead)
                break;
            if (found is null)
                return true;

            try
            {
                if (!await NumberAsync(found, cancel))
                    return false;

                // Numbers that an earlier process of ours gave out may not be on disk yet; they are told after a sync.
                var durable = Volatile.Read(ref _durableMark)?.NextUid ?? _durableNext;
                var isUncertain = !_isLoaded && durable > 0 && NextUid > durable;
                _isLoaded = true;
                if (isUncertain)
                    _ = MakeDurable();
                ClaimRead();
                DropUnclaimed();
                await RecordAsync(cancel);
                if ((_mustLook || _unclaimed.Count > 0) && attempt < MostAttempts)
                    continue;
                return !IsDead;
            }
            catch
            {
                // What was found and not numbered must be found again.
                _recheckAt = DateTimeOffset.MinValue;
                throw;
            }
            finally
            {
                PutBack(found);
            }
        }

        return false;
    }

    /// <summary>
    /// Looks at what may have changed and forgets what is gone. A file that is renamed while its directory is read may not appear in it: what is
    /// missing is gone if the directory stood still, or if the list was locked meanwhile, as Dovecot and we lock it to rename. Of programs that
    /// lock nothing, and where no lock can be made, it must be missing in several looks.
    /// </summary>
    /// <returns>The files that are no messages yet; null if there is nothing to look at, or no folder.</returns>
    private async ValueTask<List<FolderEntry>?> LookAsync(bool force, CancellationToken cancel)
    {
        HashSet<FolderEntry>? suspects = null;
        DotLock? locked = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var now = DateTimeOffset.UtcNow;
                var isDirty = Interlocked.Exchange(ref _dirty, 0) != 0;
                var newDirectory = Disk.Stat(NewPath);
                var curDirectory = Disk.Stat(CurPath);
                if (newDirectory is null || curDirectory is null)
                {
                    Die(deletedTo: null);
                    return null;
                }

                // What the log tells of was done before: the look that follows shows it.
                var isTold = _hasLog && _log.HasChanged();
                var all = force || isTold || !_isLoaded || _mustLook || _unclaimed.Count > 0 || _recheckAt <= now;
                var scanNew = all || isDirty || newDirectory.Value.Modified != _newModified;
                var scanCur = all || curDirectory.Value.Modified != _curModified;
                if (!scanNew && !scanCur)
                    return null;

                _mustLook = false;
                ForgetDates(curDirectory.Value.Modified != _curModified);
                if (!_isLoaded)
                    ReadListIfChanged(isLocked: false);
                ReadLogAhead();
                _scan++;
                var began = Stopwatch.GetTimestamp();
                var found = new List<FolderEntry>();
                if (scanNew)
                    Look(NewPath, inNew: true, found);
                if (scanCur)
                    Look(CurPath, inNew: false, found);
                if (scanCur)
                    _lookTime = Stopwatch.GetElapsedTime(began);

                // What has left 'new' is in 'cur', whose time may be known although another program's move is not: a change of our own covered it.
                var missing = _entries.FindAll(entry => entry.SeenInScan != _scan && (entry.InNew ? scanNew : scanCur));
                var stoodStill = RecheckTime(now, newDirectory.Value.Modified, curDirectory.Value.Modified) != now && Disk.Stat(NewPath) == newDirectory;
                var isSure = (locked is not null || stoodStill)
                    && Disk.Stat(CurPath) == curDirectory
                    && (scanCur || !missing.Exists(static entry => entry.InNew));
                if (!isSure && attempt < MostAttempts && (missing.Count > 0 || IsToldOfUnseen(found)))
                {
                    suspects = suspects is null ? [.. missing] : [.. missing.Where(suspects.Contains)];
                    PutBack(found);
                    force = true;
                    locked ??= await TryLockListAsync(cancel);
                    continue;
                }

                // A line without a file that a look would have shown has none.
                if (isSure && scanNew && scanCur)
                    _unseen.Clear();

                // In a directory that never stands still only what no look showed is gone.
                if (!isSure && suspects is not null && missing.RemoveAll(entry => !suspects.Contains(entry)) > 0)
                    _mustLook = true;

                _newModified = newDirectory.Value.Modified;
                _curModified = curDirectory.Value.Modified;
                _recheckAt = RecheckTime(now, _newModified, _curModified);
                Forget(missing);
                if (_isLoaded)
                    ReadKeywordsIfChanged();
                return found;
            }
        }
        finally
        {
            locked?.Dispose();
        }
    }

    /// <summary>True if the list or the log tells of messages that a look did not show: they are gone, or it missed them.</summary>
    private bool IsToldOfUnseen(List<FolderEntry> found)
    {
        if (!_isLoaded)
            return _listed > 0;
        var last = Math.Max(_highestUid, NextUid - 1);
        var seen = found.Where(static entry => entry.Uid > 0).Select(static entry => entry.Uid).ToHashSet();
        return _read.Concat(_unclaimed.Select(static claim => claim.Record)).Any(record => !record.IsExpunge && NamesUnseen(record));

        bool NamesUnseen(ChangeRecord record)
        {
            var i = FirstAtOrAbove(record.First);
            for (var uid = record.First; uid <= Math.Min(record.Last, last); uid++)
            {
                if (i < _entries.Count && _entries[i].Uid == uid)
                    i++;
                else if (!seen.Contains(uid))
                    return true;
            }

            return false;
        }
    }

    private static DateTimeOffset RecheckTime(DateTimeOffset now, DateTimeOffset newModified, DateTimeOffset curModified)
    {
        var latest = newModified > curModified ? newModified : curModified;
        var tick = latest.Ticks % TimeSpan.TicksPerSecond == 0 ? CoarseTick : Tick;

        // A time in the future comes from another clock, and tells nothing about ticks.
        return (now - latest).Duration() < tick ? now : DateTimeOffset.MaxValue;
    }

    private void Look(string directory, bool inNew, List<FolderEntry> found)
    {
        var infos = _infoPool.GetAlternateLookup<ReadOnlySpan<char>>();
        Disk.List(directory, directories: false, name =>
        {
            if (name[0] == '.' || !MessageFileName.CanBeListed(name))
                return;
            var split = MessageFileName.InfoStart(name);
            Take(name[..split], name[split..]);
        });

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Take(ReadOnlySpan<char> name, ReadOnlySpan<char> info)
        {
            // A file's name has at most 255 octets, so this stays small.
            Span<byte> octets = stackalloc byte[Encoding.UTF8.GetMaxByteCount(name.Length)];
            octets = octets[..Encoding.UTF8.GetBytes(name, octets)];
            if (!Table.TryGet(octets, out var entry))
            {
                entry = new FolderEntry(_names.Add(octets), Pooled(infos, info), inNew) { SeenInScan = _scan };
                Table.Set(entry);
                found.Add(entry);
                return;
            }

            switch (entry.State)
            {
                case EntryState.Live when !info.SequenceEqual(entry.Info) && Disk.Stat(PathOf(entry)) is not null:
                    // Two files of one name: the one that is known stays what it is. Test-Maildir tells of the other.
                    entry.SeenInScan = _scan;
                    return;
                case EntryState.Live:
                    entry.RecentUnclaimed &= inNew || !entry.InNew;
                    break;
                case EntryState.Listed:
                    entry.State = EntryState.Found;
                    entry.RecentUnclaimed = inNew;
                    _listed--;
                    found.Add(entry);
                    break;
                default:
                    // Moved from new to cur between the two looks, or found by the look before.
                    entry.RecentUnclaimed = inNew;
                    if (entry.SeenInScan != _scan)
                        found.Add(entry);
                    break;
            }

            entry.SeenInScan = _scan;
            entry.InNew = inNew;
            if (!info.SequenceEqual(entry.Info) && entry.SetInfo(Pooled(infos, info)) && entry.State == EntryState.Live)
                Changed(entry);
        }
    }

    private static string Pooled(Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> pool, ReadOnlySpan<char> info)
    {
        if (info.IsEmpty)
            return "";
        if (!pool.TryGetValue(info, out var text))
        {
            text = info.ToString();
            if (pool.Dictionary.Count < 1000)
                pool.Dictionary.Add(text, text);
        }

        return text;
    }

    /// <summary>Forgets that files were seen which did not become messages: the next look finds them again.</summary>
    private void PutBack(List<FolderEntry> found)
    {
        foreach (var entry in found)
        {
            if (entry.State != EntryState.Found)
                continue;
            if (entry.Uid == 0)
            {
                Table.Remove(entry);
                continue;
            }

            entry.State = EntryState.Listed;
            _listed++;
        }
    }

    private void ReadKeywordsIfChanged()
    {
        var (path, morePath) = (System.IO.Path.Join(Path, KeywordTable.FileName), System.IO.Path.Join(Path, KeywordTable.MoreFileName));
        var (facts, more) = (Disk.Stat(path), Disk.Stat(morePath));
        if ((facts, more) == _keywordFacts)
            return;
        _keywordFacts = (facts, more);
        var before = Keywords;
        Keywords = KeywordTable.Parse(facts is null ? [] : Disk.ReadAll(path) ?? [], more is null ? [] : Disk.ReadAll(morePath) ?? []);
        if (Keywords.Differences(before) is not (> 0 and var renamed))
            return;
        foreach (var entry in _entries)
        {
            if ((entry.Letters.Keywords & renamed) != 0)
                Changed(entry);
        }

        Bump(null);
    }

    private void Changed(FolderEntry entry)
    {
        entry.ChangedAt = Bump(entry);
        if (_isLoaded)
            MarkUnlogged(entry);
    }

    private void Forget(List<FolderEntry> gone)
    {
        if (gone.Count == 0)
            return;
        foreach (var entry in gone)
        {
            entry.State = EntryState.Gone;
            MarkUnlogged(entry);

            // Should its file come back, it is a new message: the UID was told to be expunged.
            Table.Set(new FolderEntry(entry.Name, "", inNew: false) { State = EntryState.Listed, Uid = entry.Uid, Size = entry.Size, Extensions = entry.Extensions });
            _listed++;
        }

        _entries.RemoveAll(entry => entry.IsGone);
        ExpungedAt = Bump(null);
    }

    private void LookAgainAfterRest()
    {
        var rest = _lookTime * RestAfterLook;
        var recheckAt = DateTimeOffset.UtcNow + (rest > RecheckAfterOwnChange ? rest : RecheckAfterOwnChange);
        if (recheckAt < _recheckAt)
            _recheckAt = recheckAt;
    }

    /// <summary>Brackets changes of our own, so that they alone do not make the next look read the directories again.</summary>
    private OwnChange BeginOwnChange() => new(this);

    private readonly struct OwnChange : IDisposable
    {
        private readonly Folder _folder;
        private readonly bool _newIsKnown;
        private readonly bool _curIsKnown;

        internal OwnChange(Folder folder)
        {
            _folder = folder;
            _newIsKnown = folder.Disk.Stat(folder.NewPath)?.Modified == folder._newModified;
            _curIsKnown = folder.Disk.Stat(folder.CurPath)?.Modified == folder._curModified;
        }

        public void Dispose()
        {
            if (_newIsKnown && _folder.Disk.Stat(_folder.NewPath) is { } newDirectory)
                _folder._newModified = newDirectory.Modified;
            if (_curIsKnown && _folder.Disk.Stat(_folder.CurPath) is { } curDirectory)
                _folder._curModified = curDirectory.Modified;
            _folder.LookAgainAfterRest();
        }
    }
}
