using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Finding what is in the directories.</summary>
internal sealed partial class Folder
{
    // The kernel stamps directories with the time of its last tick: two changes within one tick look like one.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // For file systems that keep whole or even seconds only.
    private static readonly TimeSpan CoarseTick = TimeSpan.FromSeconds(2.1);

    // How soon after a change of our own the directories are read again, for changes by others that ours may have covered.
    private static readonly TimeSpan RecheckAfterOwnChange = TimeSpan.FromSeconds(1);

    private const int MostAttempts = 5;

    private readonly Dictionary<string, string> _infoPool = new(StringComparer.Ordinal);
    private DateTimeOffset _newModified;
    private DateTimeOffset _curModified;
    private DateTimeOffset _recheckAt = DateTimeOffset.MaxValue;
    private int _dirty;
    private int _scan;
    private bool _isLoaded;

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

    /// <summary>Brings the folder up to date with its directories and its UID list. The gate is held.</summary>
    /// <returns>False if there is no such folder any more.</returns>
    internal async ValueTask<bool> SyncAsync(bool force, CancellationToken cancel)
    {
        for (var attempt = 1; !IsDead; attempt++)
        {
            var now = DateTimeOffset.UtcNow;
            var isDirty = Interlocked.Exchange(ref _dirty, 0) != 0;
            var newDirectory = Disk.Stat(NewPath);
            var curDirectory = Disk.Stat(CurPath);
            if (newDirectory is null || curDirectory is null)
            {
                Die(deletedTo: null);
                break;
            }

            var all = force || !_isLoaded || _recheckAt <= now;
            var scanNew = all || isDirty || newDirectory.Value.Modified != _newModified;
            var scanCur = all || curDirectory.Value.Modified != _curModified;
            if (!scanNew && !scanCur)
                return true;

            _scan++;
            var fresh = new Dictionary<string, FolderEntry>(StringComparer.Ordinal);
            if (scanNew)
                Look(NewPath, inNew: true, fresh);
            if (scanCur)
                Look(CurPath, inNew: false, fresh);

            // A file that is renamed while its directory is read may not appear in it. Only a directory that stood still tells what is gone.
            var missing = _entries.FindAll(entry => entry.SeenInScan != _scan && (entry.InNew ? scanNew : scanCur));
            if (missing.Count > 0 && attempt < MostAttempts
                && (Disk.Stat(NewPath) != newDirectory || Disk.Stat(CurPath) != curDirectory))
            {
                force = true;
                continue;
            }

            _newModified = newDirectory.Value.Modified;
            _curModified = curDirectory.Value.Modified;
            _recheckAt = RecheckTime(now, _newModified, _curModified);
            Forget(missing);
            if (_isLoaded)
                ReadKeywordsIfChanged();
            try
            {
                var isAlive = await NumberAsync(fresh, cancel);
                _isLoaded = true;
                return isAlive;
            }
            catch
            {
                // What was found and not numbered must be found again.
                _recheckAt = DateTimeOffset.MinValue;
                throw;
            }
        }

        return false;
    }

    private static DateTimeOffset RecheckTime(DateTimeOffset now, DateTimeOffset newModified, DateTimeOffset curModified)
    {
        var latest = newModified > curModified ? newModified : curModified;
        var tick = latest.Ticks % TimeSpan.TicksPerSecond == 0 ? CoarseTick : Tick;

        // A time in the future comes from another clock, and tells nothing about ticks.
        return (now - latest).Duration() < tick ? now : DateTimeOffset.MaxValue;
    }

    private void Look(string directory, bool inNew, Dictionary<string, FolderEntry> fresh)
    {
        var known = _byBase.GetAlternateLookup<ReadOnlySpan<char>>();
        var found = fresh.GetAlternateLookup<ReadOnlySpan<char>>();
        var infos = _infoPool.GetAlternateLookup<ReadOnlySpan<char>>();
        Disk.List(directory, directories: false, name =>
        {
            if (name[0] == '.')
                return;
            var split = MessageFileName.InfoStart(name);
            var info = name[split..];
            if (known.TryGetValue(name[..split], out var entry))
            {
                entry.SeenInScan = _scan;
                entry.RecentUnclaimed &= inNew || !entry.InNew;
                entry.InNew = inNew;
                if (!info.SequenceEqual(entry.Info))
                {
                    entry.Info = Pooled(infos, info);
                    FlagsChanged(entry);
                }
            }
            else if (found.TryGetValue(name[..split], out entry))
            {
                // Moved from new to cur between the two looks.
                entry.InNew = inNew;
                entry.RecentUnclaimed = inNew;
                entry.Info = Pooled(infos, info);
            }
            else
            {
                entry = new FolderEntry(name[..split].ToString(), Pooled(infos, info), inNew) { SeenInScan = _scan };
                fresh.Add(entry.Base, entry);
            }
        });
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

    private void ReadKeywordsIfChanged()
    {
        var path = System.IO.Path.Join(Path, KeywordTable.FileName);
        var facts = Disk.Stat(path);
        if (facts == _keywordFacts)
            return;
        _keywordFacts = facts;
        Keywords = KeywordTable.Parse(facts is null ? [] : Disk.ReadAll(path) ?? []);
        foreach (var entry in _entries)
        {
            if (KeywordTable.LettersIn(MessageFileName.Letters(entry.Info)) != 0)
                FlagsChanged(entry);
        }
    }

    private void FlagsChanged(FolderEntry entry)
    {
        if (entry.Uid == 0)
            return;
        var flags = FlagsOf(entry.Info);
        if (flags.Equals(entry.Message.Flags))
            return;
        entry.Message = entry.Message with { Flags = flags };
        entry.ChangedAt = Bump();
    }

    private MessageFlagSet FlagsOf(string info)
    {
        var letters = MessageFileName.Letters(info);
        return new MessageFlagSet(MessageFileName.SystemFlagsOf(letters), Keywords.KeywordsOf(letters));
    }

    private void Forget(List<FolderEntry> gone)
    {
        if (gone.Count == 0)
            return;
        foreach (var entry in gone)
        {
            entry.IsGone = true;
            _byBase.Remove(entry.Base);

            // Should its file come back, it is a new message: the UID was told to be expunged.
            _lost[entry.Base] = LineOf(entry);
        }

        _entries.RemoveAll(entry => entry.IsGone);
        Bump();
    }

    private long Bump()
    {
        Version++;
        Signal();
        return Version;
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
            var recheckAt = DateTimeOffset.UtcNow + RecheckAfterOwnChange;
            if (recheckAt < _folder._recheckAt)
                _folder._recheckAt = recheckAt;
        }
    }
}
