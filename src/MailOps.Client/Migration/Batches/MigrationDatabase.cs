using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MailOps.Client.Migration.Batches;

/// <summary>The database of a store: a file of SQLite, which one machine works with, or PostgreSQL, which any number do.</summary>
internal sealed class MigrationDatabase : IAsyncDisposable
{
    // Any number that nothing else in the database takes for a lock.
    private const long ClaimLock = 0x4D4F6261;

    private readonly NpgsqlDataSource? _postgres;
    private readonly NpgsqlDataSource? _schedule;

    private MigrationDatabase(string name, string? path, NpgsqlConnectionStringBuilder? postgres)
    {
        (Name, Path) = (name, path);
        if (postgres is not null)
        {
            _postgres = NpgsqlDataSource.Create(postgres);
            _schedule = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Options = $"{postgres.Options} -c synchronous_commit=off" });
        }

        ConnectionString = path is null ? "" : new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 15, Pooling = false }.ToString();
    }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    /// <summary>The file; null for PostgreSQL.</summary>
    public string? Path { get; }

    /// <summary>How the file is opened; empty for PostgreSQL.</summary>
    public string ConnectionString { get; }

    /// <summary>The source of connections for the schedule; null for a file. They do not wait for the disk: what a cut of the power takes of the schedule is planned anew.</summary>
    public NpgsqlDataSource? ScheduleSource => _schedule;

    /// <summary>True for a worker with a store in a file, once it is at work: what a cut of the power takes of what it wrote, it does again, and needs not wait for the disk.</summary>
    public bool IsHurried { get; set; }

    /// <summary>The time of the database in milliseconds since 1970: the one clock that workers on several machines share.</summary>
    public string Now => Path is null ? "(extract(epoch from clock_timestamp()) * 1000)::bigint" : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

    /// <summary>The type of octets.</summary>
    public string Octets => Path is null ? "bytea" : "BLOB";

    /// <summary>The type of numbers with a fraction.</summary>
    public string Fraction => Path is null ? "double precision" : "REAL";

    /// <summary>Names a database; nothing is opened yet.</summary>
    /// <param name="store">A path, or postgresql://user@host:port/database.</param>
    /// <param name="user">Who logs in to PostgreSQL, where the address does not say; or null.</param>
    /// <param name="password">The password; null for what the server, PGPASSWORD or the password file (PGPASSFILE) has.</param>
    /// <exception cref="MigrationException">The address is none.</exception>
    public static MigrationDatabase Of(string store, string? user, string? password)
    {
        if (!store.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) && !store.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase))
        {
            if (store.Contains("://", StringComparison.Ordinal))
                throw Invalid(store, "Give the path of a file, or postgresql://user@host/database.");
            var path = System.IO.Path.GetFullPath(store);
            return new MigrationDatabase(path, path, postgres: null);
        }

        if (!Uri.TryCreate(store, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.AbsolutePath.Trim('/').Length == 0)
            throw Invalid(store, "Write it as postgresql://user@host:port/database.");
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            throw new MigrationException(MigrationFault.InvalidStore, "The store's address has a password in it, where it would be seen in histories and lists of processes. Leave it out and give -StoreCredential, or keep it in PGPASSWORD or the file that PGPASSFILE names.");
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
            Username = user ?? (uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null),
            Password = password,
            ApplicationName = "MailOps",
            Timeout = 15,
            CommandTimeout = 15,
            KeepAlive = 15,
            // A worker that falls asleep in the middle of a transaction, with its machine, must not hold up the others.
            Options = "-c idle_in_transaction_session_timeout=10000",
        };
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (Uri.UnescapeDataString(n), Uri.UnescapeDataString(v)) : (pair, "");
            switch (name)
            {
                case "sslmode" when Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode):
                    settings.SslMode = mode;
                    break;
                case "sslrootcert":
                    settings.RootCertificate = value;
                    break;
                case "host":
                    settings.Host = value;
                    break;
                default:
                    throw Invalid(store, $"'{name}' is nothing that can be set there: sslmode (disable, prefer, require, verify-ca, verify-full), sslrootcert and host can.");
            }
        }

        return new MigrationDatabase($"postgresql://{uri.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)}/{settings.Database}", path: null, settings);
    }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="MigrationException">It cannot be reached.</exception>
    public async Task<DbConnection> OpenAsync(CancellationToken cancel)
    {
        DbConnection connection = _postgres is not null ? _postgres.CreateConnection() : new SqliteConnection(ConnectionString);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            if (_postgres is null)
                await RunAsync(connection, IsHurried ? HurriedSqlite.Setting : HurriedSqlite.Patience, cancel).ConfigureAwait(false);
            return connection;
        }
        catch (DbException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw Failed(e);
        }
    }

    /// <summary>Does all of it or nothing; one at a time does, whichever worker.</summary>
    /// <exception cref="MigrationException">Nothing of it was done.</exception>
    public async Task<T> WriteAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel).ConfigureAwait(false);
        try
        {
            // A transaction of SQLite that begins with a write waits for its turn; one that becomes a writer may be refused.
            await using var transaction = connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: false) : await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            if (_postgres is not null)
                await RunAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({ClaimLock})"), cancel).ConfigureAwait(false);
            var result = await work(connection).ConfigureAwait(false);
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            return result;
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
    }

    /// <summary>The rows of a query.</summary>
    public async Task<List<T>> ReadAsync<T>(string text, Func<DbDataReader, T> map, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var connection = await OpenAsync(cancel).ConfigureAwait(false);
        try
        {
            return await ReadAsync(connection, text, map, cancel, values).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
    }

    /// <summary>The rows of a query, inside <see cref="WriteAsync"/>.</summary>
    public static async Task<List<T>> ReadAsync<T>(DbConnection connection, string text, Func<DbDataReader, T> map, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var command = Command(connection, text, values);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            rows.Add(map(reader));
        return rows;
    }

    /// <summary>Runs a statement, inside <see cref="WriteAsync"/>.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> RunAsync(DbConnection connection, string text, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var command = Command(connection, text, values);
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_schedule is not null)
            await _schedule.DisposeAsync().ConfigureAwait(false);
        if (_postgres is not null)
            await _postgres.DisposeAsync().ConfigureAwait(false);
    }

    private static DbCommand Command(DbConnection connection, string text, (string Name, object? Value)[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>What went wrong with it, as people should know it.</summary>
    public MigrationException Failed(DbException e) => new(
        MigrationFault.StoreFailed,
        $"The store {Name} failed: {e.Message.ReplaceLineEndings(" ").TrimEnd(' ', '.')}. " + e switch
        {
            _ when Path is not null => "See that its folder is there and can be written, and that the file is one of MailOps.",
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } => "Give the login with -StoreCredential, or keep the password in PGPASSWORD or the file that PGPASSFILE names.",
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "Make the database, as with createdb, or name another.",
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => "Give the login the right to create tables there: GRANT CREATE ON SCHEMA public.",
            PostgresException => "See that the login may create tables in it.",
            NpgsqlException { InnerException: NpgsqlException or null } when e.Message.Contains("password", StringComparison.OrdinalIgnoreCase) => "Give the login with -StoreCredential, or keep the password in PGPASSWORD or the file that PGPASSFILE names.",
            _ when e.Message.Contains("SSL", StringComparison.Ordinal) => "What is asked of TLS is sslmode in its address: disable, prefer, require, verify-ca or verify-full.",
            _ => "See that the server runs, and that its name and port are these.",
        },
        e);

    private static MigrationException Invalid(string store, string what) => new(MigrationFault.InvalidStore, $"{Told(store)} names no store of migrations. {what}");

    // A password that somebody wrote into it is not repeated, wherever it stands.
    private static string Told(string store) => store.IndexOf("://", StringComparison.Ordinal) is var at and > 0 && (store.Contains('@', StringComparison.Ordinal) || store.Contains('?', StringComparison.Ordinal)) ? store[..at] + "://…" : store;
}
