using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Tests.Migration.Journal;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>Any number of workers share a store on PostgreSQL, and one that is killed leaves its mailboxes to the others.</summary>
public sealed class MigrationClusterTests : MigrationTest
{
    [Fact]
    public async Task What_a_killed_worker_had_goes_on_elsewhere_and_nothing_is_doubled()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        string[] users = [.. Enumerable.Range(0, 6).Select(i => $"user{i}")];
        foreach (var user in users)
            await FillAsync(user, [.. Enumerable.Range(0, 600).Select(i => $"{i % 200}")]);
        await AddAsync(store, Plain, users);

        // Each has its own folder, as if on a machine of its own.
        using var doomed = new JournalWorkerProcess("migrate", postgres.Store, Folder.Of("machine-1"), "");
        await doomed.UntilAsync("Syncing");
        await UntilAsync(async () => (await store.UsersAsync("school", Cancel)).Exists(user => user.Copied > 0));
        using var other = new JournalWorkerProcess("migrate", postgres.Store, Folder.Of("machine-2"), "");
        await other.UntilAsync("open");
        await doomed.KillAsync();
        await other.UntilAsync("done").WaitAsync(TimeSpan.FromSeconds(120), Cancel);

        foreach (var user in users)
        {
            Assert.Equal((MigrationStatus.Synced, 600), ((await UserAsync(store, user)).Status, await CountAsync(Target(user))));
            await using var source = await OpenAsync(Source(user));
            await using var target = await OpenAsync(Target(user));
            Assert.Empty(await new MailboxComparer(source, target, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel));
        }
    }

    [Fact]
    public async Task Increments_go_on_from_what_another_worker_noted()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        await FillAsync("ann", "1", "2", "3");
        await AddAsync(store, Plain with { Mirror = true, RemoveDeleted = true }, "ann");
        await WorkAsync(store, options => options with { WorkPath = Folder.Of("machine-1") });
        await store.WishAsync("school", null, MigrationWish.Sync, retryRefused: false, Cancel);
        await WorkAsync(store, options => options with { WorkPath = Folder.Of("machine-2") });

        // Only who knows which copies are its own removes one: the note came from the other machine, twice.
        File.Delete(Directory.GetFiles(Source("ann").Path!, "*", SearchOption.AllDirectories).First(file => File.ReadAllText(file).Contains("Subject: 2", StringComparison.Ordinal)));
        await FillAsync("ann", "4");
        await store.WishAsync("school", null, MigrationWish.Sync, retryRefused: false, Cancel);
        var log = Folder.Of("log");
        await WorkAsync(store, options => options with { WorkPath = Folder.Of("machine-1"), LogPath = log });
        Assert.Equal((MigrationStatus.Synced, 3), ((await UserAsync(store, "ann")).Status, await CountAsync(Target("ann"))));
        Assert.Contains("\"result\":\"copied\"", Assert.Single(await File.ReadAllLinesAsync(log, Cancel)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_slept_longer_than_its_claim_adds_no_more_than_it_was_sending()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        await FillAsync("ann", [.. Enumerable.Range(0, 3_000).Select(i => $"{i % 1000}")]);
        // On a server: a process that sleeps with the lock of a Maildir holds up everybody who would write to that.
        await using var dovecot = await PrivateDovecot.StartAsync();
        await store.AddAsync("school", Plain, [("ann", Source("ann"), MailboxLocation.Parse($"imap+plain://john@localhost:{dovecot.ImapPort}/"))], isAdded: false, Cancel);
        using var sleeper = new JournalWorkerProcess("migrate", postgres.Store, Folder.Of("machine-1"), "summersun");
        await sleeper.UntilAsync("Syncing");
        await UntilAsync(() => Task.FromResult(dovecot.CountOnDisk > 100));
        sleeper.Signal("STOP");
        var before = dovecot.CountOnDisk;
        await WorkAsync(store, options => options with { WorkPath = Folder.Of("machine-2") });
        Assert.Equal((MigrationStatus.Synced, null), (await UserAsync(store, "ann") is var ann ? (ann.Status, ann.Error) : default));
        Assert.Equal(3_000, dovecot.CountOnDisk);
        sleeper.Signal("CONT");
        await sleeper.UntilAsync("done").WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        // What was between it and the target when it fell asleep cannot be called back: five hundred messages at most.
        Assert.InRange(dovecot.CountOnDisk, 3_000, 3_500);
        Assert.True(before < 3_000, "It was done before it slept: nothing was tried.");
        Assert.Equal(MigrationStatus.Synced, (await UserAsync(store, "ann")).Status);
    }
}
