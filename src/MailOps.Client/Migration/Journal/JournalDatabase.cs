using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MailOps.Client.Migration.Journal;

/// <summary>
/// A file of SQLite that this process alone has open. Its one connection is used by one thread at a time; statements are
/// prepared once. Writes are one transaction each, in a log written ahead (WAL) that is on the disk when they return.
/// </summary>
internal sealed class JournalDatabase : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;
    private bool _isClosed;

    private JournalDatabase(string path, SqliteConnection connection, DateTimeOffset? lastWritten)
    {
        Path = path;
        LastWritten = lastWritten;
        _connection = connection;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>When whoever had it before wrote last; null for a new one.</summary>
    public DateTimeOffset? LastWritten { get; }

    /// <summary>Opens a file, or makes an empty one, and keeps everyone else out of it.</summary>
    /// <exception cref="MigrationException">It cannot be opened, or somebody has it.</exception>
    public static JournalDatabase Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        SqliteConnection? connection = null;
        var lastWritten = new[] { path, path + "-wal" }.Max(WrittenAt);
        try
        {
            // A connection that a pool kept would keep the lock. Who holds a journal holds it for long: waiting is not worth it.
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
            connection.Open();
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw JournalFailure.Of(path, e);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException)
        {
            throw JournalFailure.NotSupported(e);
        }

        var database = new JournalDatabase(path, connection, lastWritten);
        try
        {
            // Before the first look into the file: WAL then needs no memory shared with others, and works on every file system.
            database.Use(() => database.Run("PRAGMA locking_mode = EXCLUSIVE"));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static DateTimeOffset? WrittenAt(string path) => File.Exists(path) ? new DateTimeOffset(File.GetLastWriteTimeUtc(path)) : null;

    /// <summary>From here on a transaction is on the disk when it is over. Changes the file: it must be known as a journal.</summary>
    public void MakeDurable() => Use(() =>
    {
        Run("PRAGMA journal_mode = WAL");
        Run("PRAGMA synchronous = FULL");

        // macOS: down to the disk, not to its cache. Nothing elsewhere.
        Run("PRAGMA fullfsync = ON");
        Run("PRAGMA checkpoint_fullfsync = ON");
    });

    /// <summary>Does all of it or nothing, and comes back when it is on the disk.</summary>
    /// <exception cref="MigrationException">Nothing of it was done; unless the disk failed at the last step, which leaves it open.</exception>
    public void Write(Action work) => Use(() =>
    {
        Run("BEGIN IMMEDIATE");
        try
        {
            work();
            Run("COMMIT");
        }
        catch
        {
            // After some errors SQLite has rolled back by itself.
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
                Run("ROLLBACK");
            throw;
        }
    });

    /// <summary>Runs statements while no other thread does.</summary>
    public void Use(Action work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(CopyJournal));
            try
            {
                work();
            }
            catch (SqliteException e)
            {
                throw JournalFailure.Of(Path, e);
            }
        }
    }

    /// <summary>The rows of a query, at once.</summary>
    /// <param name="text">SQL with $1, $2, … for the values.</param>
    /// <param name="map">Makes an object of a row.</param>
    /// <param name="values">Null, long, string or octets.</param>
    public List<T> Rows<T>(string text, Func<SqliteDataReader, T> map, params object?[] values)
    {
        var rows = new List<T>();
        Use(() =>
        {
            using var reader = Command(text, values).ExecuteReader();
            while (reader.Read())
                rows.Add(map(reader));
        });
        return rows;
    }

    /// <summary>Runs a statement inside <see cref="Write"/> or <see cref="Use"/>.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run(string text, params object?[] values) => Command(text, values).ExecuteNonQuery();

    /// <summary>Closes the file: the log goes into it, and the lock off it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            foreach (var command in _commands.Values)
                command.Dispose();
            _connection.Dispose();
        }
    }

    private SqliteCommand Command(string text, object?[] values)
    {
        if (!_commands.TryGetValue(text, out var command))
        {
            _commands[text] = command = _connection.CreateCommand();
            command.CommandText = text;
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + i.ToString(CultureInfo.InvariantCulture) });
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
