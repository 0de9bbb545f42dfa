using Microsoft.Data.Sqlite;

namespace MailOps.Client.Migration.Journal;

/// <summary>
/// What is noted of one folder and its copy. A message is begun before it is sent, and completed or refused when the target
/// has answered; one that is still begun in the next run may be there or not, and is looked for on the target.
/// </summary>
/// <remarks>What is listed comes in pages of a thousand, so that a million entries need no more memory; what changes meanwhile is listed or not.</remarks>
public sealed class JournalFolder
{
    private const string Columns = "source_id, state, hash, size, target_id, flags, reason";
    private const string Key = "folder = $1 AND generation = $2 AND source_id = $3";
    private const long PageSize = 1000;

    private readonly JournalDatabase _database;
    private readonly long _id;
    private long _generation;
    private string _sourceEpoch;
    private string _targetEpoch;

    private JournalFolder(JournalDatabase database, string source, string target, SqliteDataReader row)
    {
        _database = database;
        Source = source;
        Target = target;
        _id = row.GetInt64(0);
        _generation = row.GetInt64(1);
        _sourceEpoch = row.GetString(2);
        _targetEpoch = row.GetString(3);
    }

    /// <summary>The folder on the source.</summary>
    public string Source { get; }

    /// <summary>The folder on the target.</summary>
    public string Target { get; }

    /// <summary>How the source numbered its messages when it was last seen.</summary>
    internal string SourceEpoch => _sourceEpoch;

    /// <summary>How many messages are noted, in any state, without orphans. Counted each time: a tenth of a second for a million.</summary>
    public long Count => _database.Rows("SELECT count(*) FROM entry WHERE folder = $1 AND generation = $2", row => row.GetInt64(0), _id, _generation)[0];

    /// <summary>What the copier noted of the source when all was copied, so that it can tell whether anything has changed since: a text of its own. Null at the beginning, and again once either side has another epoch.</summary>
    public string? SourceState
    {
        get => State("source_state");
        set => SetState("source_state", value);
    }

    /// <summary>The same of the target.</summary>
    public string? TargetState
    {
        get => State("target_state");
        set => SetState("target_state", value);
    }

    /// <summary>Notes messages that are about to be sent. One that was begun or refused before is begun anew.</summary>
    /// <param name="messages">Their ids on the source, hashes, and sizes in octets as the source tells them.</param>
    /// <exception cref="InvalidOperationException">One is noted as copied: it would be there twice. Nothing was noted.</exception>
    /// <exception cref="MigrationException">The journal cannot be written. Nothing was noted, and nothing may be sent.</exception>
    public void Begin(IReadOnlyList<(string SourceId, UInt128 Hash, long Size)> messages) => Write(messages.Count, () =>
    {
        foreach (var (id, hash, size) in messages)
        {
            var noted = _database.Run(
                """
                INSERT INTO entry (folder, generation, source_id, state, hash, size) VALUES ($1, $2, $3, 0, $4, $5)
                ON CONFLICT DO UPDATE SET state = 0, hash = excluded.hash, size = excluded.size, reason = NULL WHERE state <> 1
                """,
                _id,
                _generation,
                JournalValue.Of(id),
                JournalValue.Of(hash),
                size);
            if (noted != 1)
                throw new InvalidOperationException($"Message {id} of {Source} is noted as copied. It has to be forgotten before it is sent again.");
        }
    });

    /// <summary>Notes messages that are on the target; for those that were there already, the flags that they have now.</summary>
    /// <param name="messages">Their ids on the source; on the target, or null if that told none; and the flags they have there, sorted, with spaces between.</param>
    /// <exception cref="InvalidOperationException">One was never begun. Nothing was noted.</exception>
    /// <exception cref="MigrationException">The journal cannot be written. What has arrived is still begun, and is found on the target by the next run.</exception>
    public void Complete(IReadOnlyList<(string SourceId, string? TargetId, string Flags)> messages) => Complete(messages, wereThere: false);

    /// <summary>Notes messages that are on the target.</summary>
    /// <param name="messages">As in <see cref="Complete(IReadOnlyList{ValueTuple{string, string?, string}})"/>.</param>
    /// <param name="wereThere">True if they were there before, whoever put them there.</param>
    public void Complete(IReadOnlyList<(string SourceId, string? TargetId, string Flags)> messages, bool wereThere) => Write(messages.Count, () =>
    {
        foreach (var (id, targetId, flags) in messages)
        {
            if (_database.Run($"UPDATE entry SET state = 1, target_id = $4, flags = $5, reason = $6 WHERE {Key}", _id, _generation, JournalValue.Of(id), JournalValue.Of(targetId), flags, wereThere ? "there before" : null) != 1)
                throw NotBegun(id);
        }
    });

    /// <summary>Notes that copies have other flags now.</summary>
    /// <param name="messages">Their ids on the source, and the flags.</param>
    /// <exception cref="MigrationException">The journal cannot be written.</exception>
    public void SetFlags(IReadOnlyList<(string SourceId, string Flags)> messages) => Write(messages.Count, () =>
    {
        foreach (var (id, flags) in messages)
            _database.Run($"UPDATE entry SET flags = $4 WHERE {Key}", _id, _generation, JournalValue.Of(id), flags);
    });

    /// <summary>Notes that the target refused a message.</summary>
    /// <param name="sourceId">Its id on the source.</param>
    /// <param name="reason">What the target said.</param>
    /// <exception cref="InvalidOperationException">It was never begun, or is noted as copied. Nothing was noted.</exception>
    /// <exception cref="MigrationException">The journal cannot be written.</exception>
    public void Refuse(string sourceId, string reason) => Write(1, () =>
    {
        if (_database.Run($"UPDATE entry SET state = 2, reason = $4 WHERE {Key} AND state <> 1", _id, _generation, JournalValue.Of(sourceId), reason) != 1)
            throw NotBegun(sourceId);
    });

    /// <summary>Takes out what is noted of messages, of those that are noted.</summary>
    /// <param name="sourceIds">Their ids on the source.</param>
    /// <exception cref="MigrationException">The journal cannot be written.</exception>
    public void Forget(IEnumerable<string> sourceIds) => _database.Write(() =>
    {
        foreach (var id in sourceIds)
            _database.Run($"DELETE FROM entry WHERE {Key}", _id, _generation, JournalValue.Of(id));
    });

    /// <summary>What is noted of some messages.</summary>
    /// <param name="sourceIds">Their ids on the source.</param>
    /// <returns>By id; what is not noted is missing.</returns>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IReadOnlyDictionary<string, JournalEntry> Find(IReadOnlyCollection<string> sourceIds)
    {
        var found = new Dictionary<string, JournalEntry>(sourceIds.Count, StringComparer.Ordinal);
        foreach (var id in sourceIds)
        {
            foreach (var entry in _database.Rows($"SELECT {Columns} FROM entry WHERE {Key}", Entry, _id, _generation, JournalValue.Of(id)))
                found[id] = entry;
        }

        return found;
    }

    /// <summary>All that is noted, without orphans: ids that are numbers first, by value, then the others by their octets.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IEnumerable<JournalEntry> Entries() => Pages("entry", "");

    /// <summary>What was perhaps sent: begun, and neither completed nor refused. In the order of <see cref="Entries"/>, without orphans.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IEnumerable<JournalEntry> Begun() => Pages("entry INDEXED BY begun", "AND state = 0");

    /// <summary>The ids of all copies on the target that are known, those of orphans too.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IEnumerable<string> TargetIds() => Before(long.MaxValue, "target_id IS NOT NULL").Select(copy => copy.TargetId!);

    /// <summary>What was noted before the source numbered its messages anew: copied, or begun. Each stands for one copy.</summary>
    /// <exception cref="MigrationException">The journal cannot be read.</exception>
    public IEnumerable<JournalOrphan> Orphans() => Before(_generation, "state <> 2");

    /// <summary>Takes out orphans: their messages are gone from the source, and so are the copies, or they are none of the copier's any more.</summary>
    /// <param name="orphans">Of <see cref="Orphans"/>.</param>
    /// <exception cref="MigrationException">The journal cannot be written.</exception>
    public void Forget(IEnumerable<JournalOrphan> orphans) => _database.Write(() =>
    {
        foreach (var orphan in orphans)
            _database.Run($"DELETE FROM entry WHERE {Key}", _id, orphan.Generation, JournalValue.Of(orphan.FormerId));
    });

    /// <summary>The source has numbered its messages anew without a word: what was noted of them is looked for by content, as after another epoch.</summary>
    /// <exception cref="MigrationException">The journal cannot be written.</exception>
    public void Renumber() => SetEpochs(_sourceEpoch, _targetEpoch, isNumberedAnew: true);

    internal static JournalFolder Open(JournalDatabase database, string source, string sourceEpoch, string target, string targetEpoch)
    {
        object?[] names = [JournalValue.Of(source), JournalValue.Of(target)];
        if (Find() is [var found])
            return found;
        database.Write(() => database.Run("INSERT INTO folder (source, target, source_epoch, target_epoch, generation) VALUES ($1, $2, $3, $4, 1)", [.. names, sourceEpoch, targetEpoch]));
        return Find()[0];

        List<JournalFolder> Find() => database.Rows(
            "SELECT id, generation, source_epoch, target_epoch FROM folder WHERE source = $1 AND target = $2",
            row => new JournalFolder(database, source, target, row),
            names);
    }

    /// <summary>Makes void what another epoch makes so.</summary>
    internal void SetEpochs(string source, string target) => SetEpochs(source, target, source != _sourceEpoch);

    private void SetEpochs(string source, string target, bool isNumberedAnew)
    {
        if (!isNumberedAnew && target == _targetEpoch)
            return;
        var generation = _generation;
        _database.Write(() =>
        {
            if (isNumberedAnew)
            {
                // What was refused has no copy: without its id there is nothing to say of it.
                _database.Run("DELETE FROM entry WHERE folder = $1 AND state = 2", _id);
                generation++;
            }

            if (target != _targetEpoch)
                _database.Run("UPDATE entry SET state = 0, target_id = NULL, flags = NULL WHERE folder = $1 AND state = 1", _id);
            _database.Run("UPDATE folder SET source_epoch = $2, target_epoch = $3, generation = $4, source_state = NULL, target_state = NULL WHERE id = $1", _id, source, target, generation);
        });
        (_sourceEpoch, _targetEpoch, _generation) = (source, target, generation);
    }

    private static JournalEntry Entry(SqliteDataReader row) => new(
        JournalValue.Text(row, 0)!,
        (JournalState)row.GetInt32(1),
        JournalValue.Hash(row, 2),
        row.GetInt64(3),
        JournalValue.Text(row, 4),
        row.IsDBNull(5) ? null : row.GetString(5),
        row.IsDBNull(6) ? null : row.GetString(6));

    private static JournalOrphan Orphan(SqliteDataReader row) => new()
    {
        Generation = row.GetInt64(0),
        FormerId = JournalValue.Text(row, 1)!,
        State = (JournalState)row.GetInt32(2),
        Hash = JournalValue.Hash(row, 3),
        Size = row.GetInt64(4),
        TargetId = JournalValue.Text(row, 5),
        Flags = row.IsDBNull(6) ? null : row.GetString(6),
    };

    private IEnumerable<JournalEntry> Pages(string table, string condition)
    {
        var text = $"SELECT {Columns} FROM {table} WHERE folder = $1 AND generation = $2 AND source_id > $3 {condition} ORDER BY source_id LIMIT $4";
        List<JournalEntry>? page = null;
        do
        {
            page = _database.Rows(text, Entry, _id, _generation, page is null ? JournalValue.BeforeAll : JournalValue.Of(page[^1].SourceId), PageSize);
            foreach (var entry in page)
                yield return entry;
        }
        while (page.Count == PageSize);
    }

    private IEnumerable<JournalOrphan> Before(long generation, string condition)
    {
        var text = $"""
            SELECT generation, source_id, state, hash, size, target_id, flags FROM entry
            WHERE folder = $1 AND generation < $2 AND (generation, source_id) > ($3, $4) AND {condition} ORDER BY generation, source_id LIMIT $5
            """;
        List<JournalOrphan>? page = null;
        do
        {
            page = page is null
                ? _database.Rows(text, Orphan, _id, generation, 0L, JournalValue.BeforeAll, PageSize)
                : _database.Rows(text, Orphan, _id, generation, page[^1].Generation, JournalValue.Of(page[^1].FormerId), PageSize);
            foreach (var orphan in page)
                yield return orphan;
        }
        while (page.Count == PageSize);
    }

    private InvalidOperationException NotBegun(string id) => new($"Message {id} of {Source} is not under way: it has to be begun first.");

    private void Write(int messages, Action work)
    {
        if (messages > 0)
            _database.Write(work);
    }

    private string? State(string column) => _database.Rows($"SELECT {column} FROM folder WHERE id = $1", row => row.IsDBNull(0) ? null : row.GetString(0), _id)[0];

    private void SetState(string column, string? value) => _database.Write(() => _database.Run($"UPDATE folder SET {column} = $2 WHERE id = $1", _id, value));
}
