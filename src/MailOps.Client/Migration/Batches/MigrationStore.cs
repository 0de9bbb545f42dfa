using System.Data.Common;
using System.Text;

namespace MailOps.Client.Migration.Batches;

/// <summary>
/// Where batches of migrations are kept: what is to be moved and how far it is. Commands write what is wished, workers carry it out; who works on a
/// mailbox has a claim to it that ends by itself.
/// </summary>
public sealed partial class MigrationStore : IAsyncDisposable
{
    private const long Version = 2;

    // Quartz keeps them in columns of 200.
    private const int LongestName = 128;

    // Users that are asked for with one statement.
    private const int AtOnce = 500;

    private readonly MigrationDatabase _database;

    private MigrationStore(MigrationDatabase database) => _database = database;

    /// <summary>What it is called.</summary>
    public string Name => _database.Name;

    /// <summary>The database.</summary>
    internal MigrationDatabase Database => _database;

    /// <summary>Where it is if nobody says: with the user's data.</summary>
    public static string UsualPath => Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "MailOps", "migrations.db");

    /// <summary>Opens a store.</summary>
    /// <param name="store">The path of a file, or postgresql://user@host:port/database.</param>
    /// <param name="user">Who logs in to PostgreSQL; null for whom the address names.</param>
    /// <param name="password">The password, or null.</param>
    /// <param name="isMade">True to make it if it is not there.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MigrationException">It cannot be reached, is none, or of a newer version.</exception>
    public static async Task<MigrationStore> OpenAsync(string store, string? user, string? password, bool isMade, CancellationToken cancel)
    {
        var database = MigrationDatabase.Of(store, user, password);
        try
        {
            if (database.Path is { } path && !File.Exists(path))
            {
                if (!isMade)
                    throw new MigrationException(MigrationFault.StoreNotFound, $"There is no store of migrations at {path}. Start-MailMigration makes one; -Store names another.");
                MakePrivate(path);
            }

            var opened = new MigrationStore(database);
            await opened.PrepareAsync(cancel).ConfigureAwait(false);
            return opened;
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a batch, or adds mailboxes to one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">How it is copied.</param>
    /// <param name="users">Its mailboxes: identity, source and target.</param>
    /// <param name="isAdded">True to add to a batch that is there; it keeps its settings.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MigrationException">There is a batch of that name, or none to add to; or a mailbox is in it. Nothing was changed.</exception>
    public Task AddAsync(string name, MigrationSettings settings, IReadOnlyList<(string Identity, MailboxLocation From, MailboxLocation To)> users, bool isAdded, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            if (users.Select(user => user.Identity).Prepend(name).FirstOrDefault(one => one.Length > LongestName || one.Any(char.IsControl) || one.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar)) is { } bad)
                throw new MigrationException(MigrationFault.InvalidBatchName, $"'{(bad.Length > 40 ? bad[..40] + "…" : string.Concat(bad.Select(letter => char.IsControl(letter) ? '?' : letter)))}' cannot be the name of a batch or a user: names have up to {LongestName} characters, and no control characters.");
            var exists = (await MigrationDatabase.ReadAsync(connection, "SELECT 1 FROM mailops_batch WHERE name = @name", _ => true, cancel, ("name", name)).ConfigureAwait(false)).Count > 0;
            if (exists && !isAdded)
                throw new MigrationException(MigrationFault.BatchExists, $"There is a batch called {name} in {Name}. Give another name, or -Add to add mailboxes to it.");
            if (!exists && isAdded)
                throw NoBatch(name);
            if (!exists)
                await MigrationDatabase.RunAsync(connection, $"INSERT INTO mailops_batch (name, created, settings) VALUES (@name, {_database.Now}, @settings)", cancel, ("name", name), ("settings", settings.ToText())).ConfigureAwait(false);
            foreach (var some in users.Chunk(AtOnce))
                await AddAsync(connection, name, some, cancel).ConfigureAwait(false);
            return true;
        },
        cancel);

    /// <summary>The batches, by name.</summary>
    public async Task<IReadOnlyList<MigrationBatch>> BatchesAsync(CancellationToken cancel)
    {
        var sums = (await _database.ReadAsync(SumText, Sum, cancel).ConfigureAwait(false)).ToLookup(sum => sum.Batch, sum => sum.Sum, StringComparer.Ordinal);
        var paces = (await _database.ReadAsync(
            FormattableString.Invariant($"SELECT batch, sum(copied), sum(proved), sum(looked) FROM mailops_pace WHERE worker IN (SELECT id FROM mailops_worker WHERE seen >= {_database.Now} - {(long)WorkerGone.TotalMilliseconds}) GROUP BY batch"),
            row => (Batch: row.GetString(0), Pace: new MigrationPace(row.GetDouble(1), row.GetDouble(2), row.GetDouble(3))),
            cancel).ConfigureAwait(false)).ToDictionary(one => one.Batch, one => one.Pace, StringComparer.Ordinal);
        var workers = (await WorkersAsync(cancel).ConfigureAwait(false)).Count;
        return await _database.ReadAsync(
            "SELECT name, created, settings FROM mailops_batch ORDER BY name",
            row => MigrationBatch.Of(row.GetString(0), Time(row, 1)!.Value, MigrationSettings.Of(row.GetString(2)), [.. sums[row.GetString(0)]], paces.GetValueOrDefault(row.GetString(0)), workers),
            cancel).ConfigureAwait(false);
    }

    /// <summary>The mailboxes of a batch, or of all, in the order of their names.</summary>
    public Task<List<MigrationUser>> UsersAsync(string? batch, CancellationToken cancel) => _database.ReadAsync(
        $"SELECT {UserColumns}, lease >= {_database.Now} FROM mailops_user {(batch is null ? "" : "WHERE batch = @batch")} ORDER BY batch, identity",
        User,
        cancel,
        batch is null ? [] : [("batch", batch)]);

    /// <summary>Writes what is wished for mailboxes; workers carry it out.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="identities">The users; null for all.</param>
    /// <param name="wish">What is wished.</param>
    /// <param name="retryRefused">True to try refused messages again with the next pass.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The users that it concerns: those that are not done.</returns>
    /// <exception cref="MigrationException">There is no such batch or user.</exception>
    public Task<List<MigrationUser>> WishAsync(string batch, IReadOnlyCollection<string>? identities, MigrationWish wish, bool retryRefused, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            var meant = await ConcernedAsync(connection, batch, identities, wish, cancel).ConfigureAwait(false);
            // A pass that is under way for the same is that.
            var asked = meant.Where(user => retryRefused || user.Wish != wish || user.Status is not (MigrationStatus.Syncing or MigrationStatus.Completing));
            var status = wish switch
            {
                MigrationWish.Suspend => MigrationStatus.Suspended,
                MigrationWish.Stop => MigrationStatus.Stopped,
                _ => MigrationStatus.Queued,
            };
            foreach (var some in asked.Chunk(AtOnce))
            {
                // Who is under way is told by its worker's next look; the others stand where they are from now on.
                await MigrationDatabase.RunAsync(
                    connection,
                    $"""
                    UPDATE mailops_user SET wish = @wish, status = CASE WHEN status IN ('Syncing', 'Completing') AND lease >= {_database.Now} THEN status ELSE @status END, planned = 0,
                      retries_refused = CASE WHEN @retry = 1 THEN 1 ELSE retries_refused END
                    WHERE batch = @batch AND identity IN ({Names(some.Length)})
                    """,
                    cancel,
                    [("wish", $"{wish}"), ("status", $"{status}"), ("retry", retryRefused ? 1L : 0L), ("batch", batch), .. Named(some)]).ConfigureAwait(false);
            }

            return meant;
        },
        cancel);

    /// <summary>Whom a wish concerns: those that are not done.</summary>
    /// <exception cref="MigrationException">There is no such batch or user.</exception>
    public Task<List<MigrationUser>> ConcernedAsync(string batch, IReadOnlyCollection<string>? identities, MigrationWish wish, CancellationToken cancel) =>
        _database.WriteAsync(connection => ConcernedAsync(connection, batch, identities, wish, cancel), cancel);

    /// <summary>Forgets a batch: what is noted of its copies as well. Nothing is changed in the mailboxes.</summary>
    /// <exception cref="MigrationException">There is no such batch, or a worker is at one of its mailboxes.</exception>
    public async Task RemoveAsync(string batch, CancellationToken cancel)
    {
        // Journals may be very large, and go without holding up others: nobody begins anything of the batch meanwhile.
        await _database.WriteAsync(
            async connection =>
            {
                await ThrowIfBusyAsync(connection, batch, cancel).ConfigureAwait(false);
                return await MigrationDatabase.RunAsync(connection, "UPDATE mailops_user SET wish = 'Stop', status = 'Stopped' WHERE batch = @batch", cancel, ("batch", batch)).ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);
        await new SharedJournals(_database).RemoveAsync(batch, cancel).ConfigureAwait(false);
        await _database.WriteAsync(
            async connection =>
            {
                await ThrowIfBusyAsync(connection, batch, cancel).ConfigureAwait(false);
                foreach (var table in new[] { "mailops_journal", "mailops_user", "mailops_pace" })
                    await MigrationDatabase.RunAsync(connection, $"DELETE FROM {table} WHERE batch = @batch", cancel, ("batch", batch)).ConfigureAwait(false);
                return await MigrationDatabase.RunAsync(connection, "DELETE FROM mailops_batch WHERE name = @batch", cancel, ("batch", batch)).ConfigureAwait(false) > 0 ? true : throw NoBatch(batch);
            },
            cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task<List<MigrationUser>> ConcernedAsync(DbConnection connection, string batch, IReadOnlyCollection<string>? identities, MigrationWish wish, CancellationToken cancel)
    {
        if ((await MigrationDatabase.ReadAsync(connection, "SELECT 1 FROM mailops_batch WHERE name = @name", _ => true, cancel, ("name", batch)).ConfigureAwait(false)).Count == 0)
            throw NoBatch(batch);
        var users = await MigrationDatabase.ReadAsync(connection, $"SELECT {UserColumns}, lease >= {_database.Now} FROM mailops_user WHERE batch = @batch ORDER BY identity", User, cancel, ("batch", batch)).ConfigureAwait(false);
        var there = users.Select(user => user.Identity).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (identities?.FirstOrDefault(identity => !there.Contains(identity)) is { } unknown)
            throw new MigrationException(MigrationFault.BatchNotFound, $"The batch {batch} has no user called {unknown}. Get-MailMigrationUser lists them.");
        var named = identities?.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. users.Where(user => named?.Contains(user.Identity) != false).Where(user => IsSensible(wish, user, identities is not null))];
    }

    // A batch's command leaves out who is done or given up; one that names a user means it.
    private static bool IsSensible(MigrationWish wish, MigrationUser user, bool isNamed) => wish switch
    {
        MigrationWish.Suspend => user.Status is not (MigrationStatus.Completed or MigrationStatus.CompletedWithWarnings or MigrationStatus.Stopped),
        MigrationWish.Stop => user.Status is not (MigrationStatus.Completed or MigrationStatus.CompletedWithWarnings),
        MigrationWish.Complete => isNamed || user.Status is not (MigrationStatus.Completed or MigrationStatus.Stopped or MigrationStatus.Suspended),
        _ => isNamed || user.Status is not MigrationStatus.Completed,
    };

    private async Task ThrowIfBusyAsync(DbConnection connection, string batch, CancellationToken cancel)
    {
        var busy = await MigrationDatabase.ReadAsync(connection, $"SELECT identity FROM mailops_user WHERE batch = @batch AND lease >= {_database.Now}", row => row.GetString(0), cancel, ("batch", batch)).ConfigureAwait(false);
        if (busy is [var first, ..])
            throw new MigrationException(MigrationFault.BatchBusy, $"The batch {batch} is not removed: {first} is under way. Stop it first, with Stop-MailMigration {batch}, and wait until its worker has let go.");
    }

    private async Task AddAsync(DbConnection connection, string name, (string Identity, MailboxLocation From, MailboxLocation To)[] users, CancellationToken cancel)
    {
        (string, object?)[] identities = [.. users.Select((user, i) => ($"i{i}", (object?)user.Identity))];
        (string, object?)[] targets = [.. users.Select((user, i) => ($"t{i}", (object?)$"{user.To}"))];
        var taken = (await MigrationDatabase.ReadAsync(
            connection,
            $"SELECT batch, identity, target FROM mailops_user WHERE target IN ({string.Join(", ", users.Select((_, i) => $"@t{i}"))}) OR (batch = @batch AND identity IN ({Names(users.Length)}))",
            row => (Batch: row.GetString(0), Identity: row.GetString(1), Target: row.GetString(2)),
            cancel,
            [("batch", name), .. identities, .. targets]).ConfigureAwait(false)).Concat(Repeated(name, users)).ToList();
        if (taken is [var other, ..])
        {
            var (identity, _, to) = users.First(user => $"{user.To}" == other.Target || (other.Batch == name && user.Identity == other.Identity));
            throw new MigrationException(MigrationFault.BatchExists, $"{identity} is not added: {((other.Batch, other.Identity) == (name, identity) ? $"the batch {name} has a user of that name" : $"{to} is the target of {other.Identity} in the batch {other.Batch}")}. Nothing of this batch was kept.");
        }

        await MigrationDatabase.RunAsync(
            connection,
            $"INSERT INTO mailops_user (batch, identity, source, target, source_host, target_host, status, wish) VALUES {string.Join(", ", users.Select((_, i) => $"(@batch, @i{i}, @s{i}, @t{i}, @sh{i}, @th{i}, 'Queued', 'Sync')"))}",
            cancel,
            [
                ("batch", name), .. identities, .. targets, .. users.Select((user, i) => ($"s{i}", (object?)$"{user.From}")),
                .. users.Select((user, i) => ($"sh{i}", (object?)HostOf(user.From))), .. users.Select((user, i) => ($"th{i}", (object?)HostOf(user.To))),
            ]).ConfigureAwait(false);
    }

    // Of those that are added together one name, or one target, may be there twice.
    private static IEnumerable<(string Batch, string Identity, string Target)> Repeated(string name, (string Identity, MailboxLocation From, MailboxLocation To)[] users)
    {
        var (names, places) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        return users.Where(user => !names.Add(user.Identity) | !places.Add($"{user.To}")).Select(user => (name, user.Identity, $"{user.To}"));
    }

    // Places of a statement for the names of some users, and what goes there.
    private static string Names(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"@i{i}"));

    private static IEnumerable<(string Name, object? Value)> Named(IEnumerable<MigrationUser> users) => users.Select((user, i) => ($"i{i}", (object?)user.Identity));

    private static string HostOf(MailboxLocation location) => location.Server ?? "";

    private MigrationException NoBatch(string name) => new(MigrationFault.BatchNotFound, $"There is no batch called {name} in {Name}. Get-MailMigration lists them.");

    private static void MakePrivate(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(folder);
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            new FileStream(path, options).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(MigrationFault.StoreFailed, $"The store {path} cannot be made: {e.Message}", e);
        }
    }

    private async Task PrepareAsync(CancellationToken cancel)
    {
        if (_database.Path is not null)
        {
            await using var connection = await _database.OpenAsync(cancel).ConfigureAwait(false);
            try
            {
                await MigrationDatabase.RunAsync(connection, "PRAGMA journal_mode = WAL", cancel).ConfigureAwait(false);
            }
            catch (DbException e)
            {
                throw new MigrationException(MigrationFault.InvalidStore, $"{Name} is no store of migrations: {e.Message.ReplaceLineEndings(" ")} Give the path of another file.", e);
            }
        }

        await _database.WriteAsync(
            async connection =>
            {
                await MigrationDatabase.RunAsync(connection, "CREATE TABLE IF NOT EXISTS mailops_store (version bigint NOT NULL)", cancel).ConfigureAwait(false);
                var versions = await MigrationDatabase.ReadAsync(connection, "SELECT version FROM mailops_store", row => row.GetInt64(0), cancel).ConfigureAwait(false);
                if (versions is [> Version and var newer, ..])
                    throw new MigrationException(MigrationFault.StoreTooNew, FormattableString.Invariant($"The store {Name} is of a newer version of MailOps (format {newer}; this one knows {Version}). Update MailOps."));
                if (versions is [Version, ..])
                    return true;
                foreach (var change in versions.Count == 0 ? Tables() : Additions())
                    await MigrationDatabase.RunAsync(connection, change, cancel).ConfigureAwait(false);
                await MigrationDatabase.RunAsync(connection, versions.Count == 0 ? "INSERT INTO mailops_store (version) VALUES (@version)" : "UPDATE mailops_store SET version = @version", cancel, ("version", Version)).ConfigureAwait(false);

                return true;
            },
            cancel).ConfigureAwait(false);
    }
}
