using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using Microsoft.Data.Sqlite;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>What a store keeps, and what it refuses.</summary>
public sealed class MigrationStoreTests : MigrationTest
{
    [Fact]
    public async Task What_a_batch_is_copied_by_is_kept()
    {
        var settings = Plain with
        {
            Include = ["INBOX", "A*"],
            Exclude = ["Trash"],
            FolderMap = new Dictionary<string, string>(StringComparer.Ordinal) { ["Sent Items"] = "Sent" },
            Mirror = true,
            RemoveDeleted = true,
            Connections = 3,
            MaximumPerServer = 5,
            SyncInterval = TimeSpan.FromHours(24),
            CertificatePin = ["sha256//AAAA"],
            FromVault = "old",
            ReportPath = "/proof",
        };
        await using (var store = await OpenStoreAsync())
            await AddAsync(store, settings, "ann");
        await using var again = await OpenStoreAsync();
        Assert.Equivalent(settings, (await BatchAsync(again)).Settings, strict: true);
    }

    [Fact]
    public async Task A_name_is_taken_once_and_a_target_as_well_and_nothing_is_kept_of_what_is_refused()
    {
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        Assert.Equal(MigrationFault.BatchExists, (await Assert.ThrowsAsync<MigrationException>(() => AddAsync(store, Plain, "bob"))).Fault);
        var twice = await Assert.ThrowsAsync<MigrationException>(() => store.AddAsync("other", Plain, [("bob", Source("bob"), Target("bob")), ("eve", Source("eve"), Target("ann"))], isAdded: false, Cancel));
        Assert.Contains("ann in the batch school", twice.Message, StringComparison.Ordinal);
        foreach (var other in new[] { ("eve", Source("eve"), Target("bob")), ("bob", Source("eve"), Target("eve")) })
            Assert.Equal(MigrationFault.BatchExists, (await Assert.ThrowsAsync<MigrationException>(() => store.AddAsync("other", Plain, [("bob", Source("bob"), Target("bob")), other], isAdded: false, Cancel))).Fault);
        Assert.Equal("school", Assert.Single(await store.BatchesAsync(Cancel)).Name);
        Assert.Single(await store.UsersAsync(batch: null, Cancel));
        await store.AddAsync("school", Plain, [("bob", Source("bob"), Target("bob"))], isAdded: true, Cancel);
        Assert.Equal(["ann", "bob"], (await store.UsersAsync("school", Cancel)).Select(user => user.Identity));
        Assert.Equal(MigrationFault.BatchNotFound, (await Assert.ThrowsAsync<MigrationException>(() => store.AddAsync("none", Plain, [("bob", Source("x"), Target("x"))], isAdded: true, Cancel))).Fault);
        Assert.Equal(MigrationFault.BatchNotFound, (await Assert.ThrowsAsync<MigrationException>(() => store.WishAsync("none", null, MigrationWish.Stop, false, Cancel))).Fault);
        Assert.Equal(MigrationFault.BatchNotFound, (await Assert.ThrowsAsync<MigrationException>(() => store.WishAsync("school", ["zoe"], MigrationWish.Stop, false, Cancel))).Fault);
        await store.RemoveAsync("school", Cancel);
        Assert.Empty(await store.UsersAsync(batch: null, Cancel));
    }

    [Theory]
    [InlineData("postgresql://ann:secret@db/x", "-StoreCredential")]
    [InlineData("postgresql://db", "postgresql://user@host")]
    [InlineData("postgresql://db/x?sslmode=perhaps", "sslmode")]
    [InlineData("mysql://db/x", "path of a file")]
    [InlineData("mysql://ann:secret@db/x", "path of a file")]
    [InlineData("postgresql://ann:se/secret@db/x", "postgresql://user@host")]
    [InlineData("postgresql://db/x?password=secret", "password")]
    public async Task What_is_no_store_is_refused_and_no_password_is_repeated(string store, string expected)
    {
        var error = await Assert.ThrowsAsync<MigrationException>(() => OpenStoreAsync(store));
        Assert.Equal(MigrationFault.InvalidStore, error.Fault);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_something_else_is_left_as_it_is()
    {
        var path = Folder.Write("other.db", "no database at all, but long enough to be looked at as one");
        var error = await Assert.ThrowsAsync<MigrationException>(() => OpenStoreAsync(path));
        Assert.Contains("no store of migrations", error.Message, StringComparison.Ordinal);
        Assert.Equal("no database at all, but long enough to be looked at as one", await File.ReadAllTextAsync(path, Cancel));
        var missing = await Assert.ThrowsAsync<MigrationException>(() => MigrationStore.OpenAsync(Folder.Of("none.db"), null, null, isMade: false, Cancel));
        Assert.Equal(MigrationFault.StoreNotFound, missing.Fault);
        Assert.False(File.Exists(Folder.Of("none.db")));
    }

    [Fact]
    public async Task A_claim_is_one_worker_s_until_it_ends()
    {
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        var claimed = (await store.ClaimAsync("school", "ann", "w1", Cancel)).User;
        Assert.NotNull(claimed);
        var other = await store.ClaimAsync("school", "ann", "w2", Cancel);
        Assert.Null(other.User);
        Assert.InRange(other.RetryAfter!.Value, TimeSpan.FromSeconds(10), MigrationStore.Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(MigrationWish.Sync, await store.RenewAsync(claimed with { Messages = 10, Done = 4 }, Cancel));
        // That of an earlier pass is over, whoever had it.
        Assert.Null(await store.RenewAsync(claimed with { Passes = 0 }, Cancel));
        Assert.Null(await store.EndAsync(claimed with { Passes = 0, Status = MigrationStatus.Synced }, claimed, Cancel));
        Assert.Equal((MigrationStatus.Syncing, 40), (await UserAsync(store, "ann") is var now ? (now.Status, now.PercentComplete) : default));
        await Assert.ThrowsAsync<MigrationException>(() => store.RemoveAsync("school", Cancel));
        // What is wished meanwhile is not lost.
        await store.WishAsync("school", null, MigrationWish.Complete, false, Cancel);
        Assert.NotNull(await store.EndAsync(claimed with { Status = MigrationStatus.Synced }, claimed, Cancel));
        Assert.Equal(MigrationStatus.Queued, (await UserAsync(store, "ann")).Status);
        Assert.Equal(MigrationWish.Complete, Assert.Single(await store.TakePlannableAsync("school", 10, Cancel)).Wish);
    }

    [Fact]
    public async Task Thousands_of_users_are_asked_for_together_whatever_the_case_of_their_names()
    {
        await using var store = await OpenStoreAsync();
        string[] users = [.. Enumerable.Range(0, 1_234).Select(i => FormattableString.Invariant($"user{i:0000}"))];
        await AddAsync(store, Plain, users);
        // Who is under way is told by its worker; who is done is not meant.
        var busy = (await store.ClaimAsync("school", users[0], "w1", Cancel)).User!;
        var done = (await store.ClaimAsync("school", users[1], "w1", Cancel)).User!;
        await store.EndAsync(done with { Status = MigrationStatus.Completed }, done, Cancel);
        Assert.Equal(1_199, (await store.WishAsync("school", [.. users.Take(1_200).Select(user => user.ToUpperInvariant())], MigrationWish.Suspend, retryRefused: false, Cancel)).Count);
        var now = (await store.UsersAsync("school", Cancel)).ToLookup(user => user.Status, user => user.Identity);
        Assert.Equal((busy.Identity, done.Identity), (Assert.Single(now[MigrationStatus.Syncing]), Assert.Single(now[MigrationStatus.Completed])));
        Assert.Equal(users[2..1_200], now[MigrationStatus.Suspended]);
        Assert.Equal(users[1_200..], now[MigrationStatus.Queued]);
        Assert.Equal((1_234, 1_198, 34, 1, 1), await BatchAsync(store) is var batch ? (batch.TotalCount, batch.StoppedCount, batch.QueuedCount, batch.ActiveCount, batch.CompletedCount) : default);
        var taken = 0;
        while (await store.TakePlannableAsync("school", 500, Cancel) is { Count: > 0 } some)
            taken += some.Count;
        // Who is done as well: its trigger goes.
        Assert.Equal(1_234, taken);
    }

    [Fact]
    public async Task A_store_of_the_first_format_is_opened_and_gone_on_with()
    {
        var path = Folder.Of("migrations.db");
        await using (var store = await OpenStoreAsync())
            await AddAsync(store, Plain, "ann");
        // As it was then: without what came with the second.
        await using (var database = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await database.OpenAsync(Cancel);
            await using var command = database.CreateCommand();
            command.CommandText = "DROP TABLE mailops_pace; DROP INDEX mailops_user_planned; ALTER TABLE mailops_user DROP COLUMN skipped; ALTER TABLE mailops_user DROP COLUMN proved; UPDATE mailops_store SET version = 1";
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await using var again = await OpenStoreAsync();
        Assert.Equal((1, MigrationStatus.Queued), await BatchAsync(again) is var batch ? (batch.TotalCount, batch.Status) : default);
        await FillAsync("ann", "1");
        await WorkAsync(again);
        Assert.Equal(MigrationStatus.Synced, (await UserAsync(again, "ann")).Status);
        await using var newest = await OpenStoreAsync();
        Assert.Single(await newest.UsersAsync("school", Cancel));
    }
}
