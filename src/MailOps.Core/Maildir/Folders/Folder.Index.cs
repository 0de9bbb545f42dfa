using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Index;
using MailOps.Maildir.Folders.Log;

namespace MailOps.Maildir.Folders;

/// <summary>The index of a large folder: read when the process meets the folder, written when the directories stand still.</summary>
internal sealed partial class Folder
{
    // A smaller folder is read as fast from its directories.
    private const int FewestInIndex = 500;

    // An index of a hundred thousand messages takes some hundredths of a second to write.
    private static readonly TimeSpan RestBetweenIndexes = TimeSpan.FromSeconds(5);

    // No server stops later because another program keeps a lock.
    private static readonly TimeSpan PatienceForIndex = TimeSpan.FromMilliseconds(100);

    private long _indexVersion = -1;
    private long _indexWrittenAt;
    private bool _isTableStale;

    /// <summary>True if there is something to write that was not there the last time.</summary>
    internal bool IsIndexStale => _isLoaded && !IsDead && _entries.Count >= FewestInIndex && _indexVersion != Version;

    private string IndexPath => System.IO.Path.Join(Path, IndexFile.FileName);

    /// <summary>Entries by name. After an index was read it is made only when somebody asks for a name.</summary>
    private EntryTable Table
    {
        get
        {
            if (_isTableStale)
            {
                _isTableStale = false;
                _table.Reset(_entries);
            }

            return _table;
        }
    }

    private void LoadIndex()
    {
        IndexHeader header = default;
        FileFacts? list = null;
        List<FolderEntry>? entries = null;

        // A cache: one that cannot be read is none.
        TryLog(() => entries = IndexFile.Read(Disk, IndexPath, found =>
        {
            header = found;
            list = Disk.Stat(ListPath);
            return found.List == IndexHeader.FileMark.Of(list)
                && found.Keywords == IndexHeader.FileMark.Of(Disk.Stat(System.IO.Path.Join(Path, KeywordTable.FileName)))
                && found.MoreKeywords == IndexHeader.FileMark.Of(Disk.Stat(System.IO.Path.Join(Path, KeywordTable.MoreFileName)))
                && found.NewModified == Disk.Stat(NewPath)?.Modified.UtcTicks
                && found.CurModified == Disk.Stat(CurPath)?.Modified.UtcTicks
                && _log.TryResume(found.LogHeader, found.HighestModSeq, found.Log);
        }));
        if (entries is null)
            return;

        _entries.AddRange(entries);
        _isTableStale = true;
        _isListUnread = true;
        UidValidity = header.UidValidity;
        NextUid = header.NextUid;
        Guid = header.Guid.ToString("N");
        _highestUid = header.HighestUid;
        _highestListed = header.HighestListed;
        _durableNext = header.DurableNext;
        _newModified = new DateTimeOffset(header.NewModified, TimeSpan.Zero);
        _curModified = new DateTimeOffset(header.CurModified, TimeSpan.Zero);
        _listFacts = list;
        _listChecksum = header.ListChecksum;
        ReadKeywordsIfChanged();
        _isLoaded = true;
        _hasLog = true;
        TryLog(() => _knownIndex = IndexIdentity());
        _indexVersion = Version;
    }

    /// <summary>Brings the index up to date when nobody asks for anything. Takes the gate, but not while it writes.</summary>
    internal async Task KeepIndexAsync()
    {
        if (!await Gate.WaitAsync(TimeSpan.Zero))
            return;
        IndexContent? content;
        string path;
        try
        {
            using var patience = new CancellationTokenSource(PatienceForIndex, _store.Clock);
            if (!IsIndexStale || !await SyncAsync(force: false, patience.Token))
                return;
            ForgetDatesIfIndexIsAnother();
            content = ContentIfSettled();
            path = IndexPath;
        }
        catch (MailStoreException)
        {
            // The session that looks next hears of it.
            return;
        }
        catch (OperationCanceledException)
        {
            // Tried again when a session has changed something.
            _indexVersion = Version;
            return;
        }
        finally
        {
            Gate.Release();
        }

        // What changes meanwhile changes the times that it was made of: then it is not believed.
        if (content is not null)
        {
            TryLog(() =>
            {
                content.Write(Disk, path, _store.NewScratchPath());
                _knownIndex = IndexIdentity();
            });
        }
    }

    /// <summary>The index, if it would be used: a later change must not have the time that the directories have now.</summary>
    private IndexContent? ContentIfSettled()
    {
        if (!IsIndexStale || _recheckAt != DateTimeOffset.MaxValue || !_hasLog || _mustLook || _unlogged.Count > 0 || _unloggedGaps.Count > 0 || _unclaimed.Count > 0
            || _needsRewrite || _distrusted || (Volatile.Read(ref _durableMark)?.NextUid ?? _durableNext) < NextUid || _listFacts is null || _log.Facts is null || _listFacts.Value.Inode == 0
            || (_indexWrittenAt != 0 && _store.Clock.GetElapsedTime(_indexWrittenAt) < RestBetweenIndexes * (1 + (_entries.Count / 100_000)))
            || !System.Guid.TryParseExact(Guid, "N", out var guid))
        {
            return null;
        }

        _indexWrittenAt = _store.Clock.GetTimestamp();
        _indexVersion = Version;
        var header = new IndexHeader
        {
            UidValidity = UidValidity,
            NextUid = NextUid,
            HighestUid = _highestUid,
            HighestListed = _highestListed,
            DurableNext = _durableMark?.NextUid ?? _durableNext,
            NewModified = _newModified.UtcTicks,
            CurModified = _curModified.UtcTicks,
            List = IndexHeader.FileMark.Of(_listFacts),
            ListChecksum = _listChecksum,
            Keywords = IndexHeader.FileMark.Of(_keywordFacts.Shared),
            MoreKeywords = IndexHeader.FileMark.Of(_keywordFacts.More),
            Log = IndexHeader.FileMark.Of(_log.Facts),
            LogHeader = _log.Header,
            HighestModSeq = _log.Highest,
            Guid = guid,
        };
        return IndexFile.ContentOf(header, Entries);
    }
}
