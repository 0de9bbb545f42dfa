using System.Globalization;

namespace MailOps.Client.Migration.Journal;

/// <summary>
/// What a copy of one mailbox to another has done, in one file, so that the next run does only what is missing, and one that
/// is killed doubles nothing and loses nothing. A file of SQLite: while it is open a second one, <c>-wal</c>, belongs to it,
/// and is part of it as well after a process was killed.
/// </summary>
/// <remarks>
/// One process at a time has a journal open; the lock goes with the process, however it ends. What changes it is one
/// transaction for each call: it is on the disk when the call returns, all of it, and after an exception nothing of it is
/// there (after <see cref="MigrationFault.JournalFailed"/> it may be). All of it may be called from any thread, one at a time
/// goes on; each call waits for the disk.
/// </remarks>
public sealed class CopyJournal : IAsyncDisposable
{
    // Epochs that are counted here, one stroke for each.
    private const string FirstEpoch = "|";

    private readonly Lock _gate = new();
    private readonly JournalDatabase _database;
    private readonly Dictionary<(string Source, string Target), JournalFolder> _folders = [];

    private CopyJournal(JournalDatabase database) => _database = database;

    /// <summary>The file.</summary>
    public string Path => _database.Path;

    /// <summary>When the run before wrote into it last; null if there was none.</summary>
    public DateTimeOffset? LastWritten => _database.LastWritten;

    /// <summary>Opens the journal of a copy, or begins it.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="from">The mailbox that is copied, as its address is written.</param>
    /// <param name="to">The mailbox that it is copied to.</param>
    /// <exception cref="MigrationException">It cannot be made or written, another process has it, or the file is damaged, no journal, of a newer version or of other mailboxes. A file that was there is unchanged then.</exception>
    public static CopyJournal Open(string path, string from, string to)
    {
        var database = JournalDatabase.Open(path);
        try
        {
            JournalSchema.Prepare(database, from, to);
            return new CopyJournal(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Finds or begins what is noted of a folder and its copy.</summary>
    /// <param name="source">The folder on the source.</param>
    /// <param name="sourceEpoch">How its messages are numbered there: UIDVALIDITY, or "" where ids hold for ever. If it is another than the last time, the ids on the source mean nothing any more, and what was noted with them is in <see cref="JournalFolder.Orphans"/>.</param>
    /// <param name="target">The folder on the target.</param>
    /// <param name="targetEpoch">The same of the target. If it is another than the last time, the target was made anew or restored: what had arrived there is <see cref="JournalState.Begun"/> again, without an id there. What it refused stays refused.</param>
    /// <returns>The one object for the two folders: what was returned before for them follows a new epoch as well.</returns>
    /// <exception cref="MigrationException">The journal cannot be read or written.</exception>
    public JournalFolder Folder(string source, string sourceEpoch, string target, string targetEpoch)
    {
        lock (_gate)
        {
            if (!_folders.TryGetValue((source, target), out var folder))
                _folders[(source, target)] = folder = JournalFolder.Open(_database, source, sourceEpoch, target, targetEpoch);
            folder.SetEpochs(sourceEpoch, targetEpoch);
            return folder;
        }
    }

    /// <summary>Where folders of the source went in earlier runs, by their names; of several places of one, the last.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IReadOnlyDictionary<string, string> Places()
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (source, target) in _database.Rows("SELECT source, target FROM folder ORDER BY id", row => (JournalValue.Text(row, 0)!, JournalValue.Text(row, 1)!)))
            places[source] = target;
        return places;
    }

    /// <summary>What is noted of other folders of the source that went to the same place, as long as that is the same one.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IReadOnlyList<JournalFolder> Others(JournalFolder folder) => [.. _database.Rows(
        "SELECT other.source, other.source_epoch, other.target_epoch FROM folder AS other JOIN folder AS this ON other.target = this.target AND other.target_epoch = this.target_epoch AND other.id <> this.id WHERE this.source = $1 AND this.target = $2",
        row => (Source: JournalValue.Text(row, 0)!, SourceEpoch: row.GetString(1), TargetEpoch: row.GetString(2)),
        JournalValue.Of(folder.Source),
        JournalValue.Of(folder.Target)).Select(other => JournalFolder.Open(_database, other.Source, other.SourceEpoch, folder.Target, other.TargetEpoch))];

    /// <summary>Finds or begins what is noted of a folder whose messages may get other ids without a word: if none of those that are noted is there any more, it counts as another epoch.</summary>
    /// <param name="source">The folder on the source.</param>
    /// <param name="ids">The ids of all its messages.</param>
    /// <param name="target">The folder on the target.</param>
    /// <param name="targetEpoch">How messages are numbered on the target.</param>
    /// <exception cref="MigrationException">The journal cannot be read or written.</exception>
    public JournalFolder Folder(string source, IReadOnlyCollection<string> ids, string target, string targetEpoch)
    {
        lock (_gate)
        {
            if (!_folders.TryGetValue((source, target), out var folder))
                _folders[(source, target)] = folder = JournalFolder.Open(_database, source, FirstEpoch, target, targetEpoch);
            folder.SetEpochs(folder.SourceEpoch, targetEpoch);
            if (ids.Count > 0 && folder.Count > 0 && !ids.Any(id => folder.Find([id]).Count > 0))
                folder.SetEpochs(folder.SourceEpoch + FirstEpoch, targetEpoch);
            return folder;
        }
    }

    /// <summary>For tests: a disk that has room for so many pages and no more.</summary>
    internal void LimitTo(int pages) => _database.Use(() => _database.Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}")));

    /// <summary>The messages that the target refuses: the folders of the source, and their ids there.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IReadOnlySet<(string Folder, string Id)> Refused() => _database.Rows(
        "SELECT folder.source, entry.source_id FROM entry JOIN folder ON entry.folder = folder.id AND entry.generation = folder.generation WHERE entry.state = 2",
        row => (JournalValue.Text(row, 0)!, JournalValue.Text(row, 1)!)).ToHashSet();

    /// <summary>The id on the target of a message's copy.</summary>
    /// <param name="source">The folder on the source.</param>
    /// <param name="id">The message's id there.</param>
    /// <returns>Null if it is not noted as copied, or the target told none.</returns>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public string? CopyOf(string source, string id) => _database.Rows(
        "SELECT entry.target_id FROM entry JOIN folder ON entry.folder = folder.id AND entry.generation = folder.generation WHERE folder.source = $1 AND entry.source_id = $2 AND entry.state = 1 ORDER BY folder.id DESC",
        row => JournalValue.Text(row, 0),
        JournalValue.Of(source),
        JournalValue.Of(id)).FirstOrDefault();

    /// <summary>Forgets that messages were copied, which are not on the target any more: the next run looks for them, and copies them.</summary>
    /// <param name="source">The folder on the source.</param>
    /// <param name="ids">The messages' ids there.</param>
    /// <exception cref="MigrationException">The journal cannot be written.</exception>
    public void Forget(string source, IEnumerable<string> ids) => _database.Write(() =>
    {
        foreach (var id in ids)
            _database.Run("DELETE FROM entry WHERE folder IN (SELECT id FROM folder WHERE source = $1) AND source_id = $2", JournalValue.Of(source), JournalValue.Of(id));
        _database.Run("UPDATE folder SET source_state = NULL, target_state = NULL WHERE source = $1", JournalValue.Of(source));
    });

    /// <summary>Closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }
}
