using System.Globalization;
using MailOps.Client.Migration.Batches;
using MailOps.Client.Migration.Journal;
using MailOps.Tests.Support;
using Npgsql;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>How journals go from one machine to another.</summary>
public sealed class MigrationJournalsTests : MigrationTest
{
    [Fact]
    public async Task A_journal_of_more_than_100_MB_goes_to_another_machine_and_holds_up_nobody()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        await AddAsync(store, Plain, "ann", "bob");
        var (one, two) = (Journals(store, "machine-1"), Journals(store, "machine-2"));
        var path = await FillAsync(one, await UserAsync(store, "ann"), 230_000);
        Assert.InRange(new FileInfo(path).Length, 100_000_000, long.MaxValue);
        var ann = (await store.ClaimAsync("school", "ann", "w1", Cancel)).User!;

        // Others claim and end meanwhile, and the claim itself is renewed.
        using var ended = new CancellationTokenSource();
        var others = Task.Run(
            async () =>
            {
                var passes = 0;
                for (; !ended.IsCancellationRequested; passes++)
                {
                    var bob = (await store.ClaimAsync("school", "bob", "w2", Cancel)).User!;
                    Assert.NotNull(await store.RenewAsync(ann, Cancel));
                    await store.EndAsync(bob with { Status = MigrationStatus.Synced }, bob, Cancel);
                }

                return passes;
            },
            Cancel);
        await one.KeepAsync(ann, Cancel);
        await ended.CancelAsync();
        Assert.InRange(await others, 2, int.MaxValue);
        Assert.Equal(MigrationStatus.Synced, (await store.EndAsync(ann with { Status = MigrationStatus.Synced }, ann, Cancel))!.Status);

        ann = (await store.ClaimAsync("school", "ann", "w2", Cancel)).User!;
        await using (var journal = await two.OpenAsync(ann, Cancel))
            Assert.Equal(230_000, journal.Folder("INBOX", "1", "INBOX", "1").Count);
        Assert.Equal(await HashAsync(path), await HashAsync(Assert.Single(Directory.GetFiles(Folder.Of("machine-2"), "*.journal"))));
        await store.EndAsync(ann with { Status = MigrationStatus.Synced }, ann, Cancel);
        await store.RemoveAsync("school", Cancel);
        Assert.Equal(0, await NumberAsync(postgres, "SELECT count(*) FROM mailops_journal"));
    }

    [Fact]
    public async Task What_did_not_change_is_not_sent_again()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        await FillAsync("ann", "1");
        await AddAsync(store, Plain, "ann");
        var versions = new List<long>();
        foreach (var (machine, isNew) in new[] { ("machine-1", false), ("machine-1", false), ("machine-2", false), ("machine-2", true), ("machine-1", false) })
        {
            if (isNew)
                await FillAsync("ann", "2");
            await store.WishAsync("school", null, MigrationWish.Sync, retryRefused: false, Cancel);
            await WorkAsync(store, options => options with { WorkPath = Folder.Of(machine) });
            Assert.Equal(MigrationStatus.Synced, (await UserAsync(store, "ann")).Status);
            versions.Add(await NumberAsync(postgres, "SELECT max(version) FROM mailops_journal"));
            Assert.Equal(2, await NumberAsync(postgres, "SELECT count(*) FROM mailops_journal"));
        }

        Assert.Equal([true, true, false, true], versions.Zip(versions.Skip(1), (before, after) => before == after));
        Assert.Equal(2, await CountAsync(Target("ann")));
    }

    [Fact]
    public async Task A_worker_that_has_lost_its_claim_spoils_nothing()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        await AddAsync(store, Plain, "ann");
        var (slow, quick, third) = (Journals(store, "slow"), Journals(store, "quick"), Journals(store, "third"));
        var began = (await store.ClaimAsync("school", "ann", "slow", Cancel)).User!;
        await FillAsync(slow, began, 10);
        await store.EndAsync(began with { Status = MigrationStatus.Queued }, began, Cancel);
        var next = (await store.ClaimAsync("school", "ann", "quick", Cancel)).User!;
        var path = await FillAsync(quick, next, 20);
        await quick.KeepAsync(next, Cancel);
        await slow.KeepAsync(began, Cancel);
        Assert.Equal(2, await NumberAsync(postgres, "SELECT count(*) FROM mailops_journal"));
        await using (var journal = await third.OpenAsync(next, Cancel))
            Assert.Equal(20, journal.Folder("INBOX", "1", "INBOX", "1").Count);
        await using (var journal = await slow.OpenAsync(next, Cancel))
            Assert.Equal(20, journal.Folder("INBOX", "1", "INBOX", "1").Count);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task One_that_is_not_whole_in_the_store_is_not_taken()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var store = await OpenStoreAsync(postgres.Store);
        await AddAsync(store, Plain, "ann");
        var ann = (await store.ClaimAsync("school", "ann", "w1", Cancel)).User!;
        var one = Journals(store, "machine-1");
        await FillAsync(one, ann, 20);
        await one.KeepAsync(ann, Cancel);
        await NumberAsync(postgres, "UPDATE mailops_journal SET octets = substring(octets FROM 1 FOR length(octets) / 2) WHERE part = 0 RETURNING 1");
        await using (var journal = await Journals(store, "machine-2").OpenAsync(ann, Cancel))
            Assert.Equal(0, journal.Folder("INBOX", "1", "INBOX", "1").Count);
        await NumberAsync(postgres, "DELETE FROM mailops_journal WHERE part = 0 RETURNING 1");
        await using var other = await Journals(store, "machine-3").OpenAsync(ann, Cancel);
        Assert.Equal(0, other.Folder("INBOX", "1", "INBOX", "1").Count);
        Assert.Empty(Directory.GetFiles(Folder.Of("machine-3"), "*.part*"));
    }

    private MigrationJournals Journals(MigrationStore store, string machine) => new(store.Database, Folder.Of(machine));

    // Ids that cannot be packed, and large as those of few servers are.
    private static async Task<string> FillAsync(MigrationJournals journals, MigrationUser user, int messages)
    {
        var random = new Random(1);
        await using var journal = await journals.OpenAsync(user, Cancel);
        var folder = journal.Folder("INBOX", "1", "INBOX", "1");
        foreach (var some in Enumerable.Range(0, messages).Chunk(10_000))
        {
            var ids = some.Select(i => (Source: i.ToString(CultureInfo.InvariantCulture), Target: Convert.ToHexStringLower(Octets(random, 200)))).ToList();
            folder.Begin([.. ids.Select(id => (id.Source, (UInt128)random.NextInt64(), 1L))]);
            folder.Complete([.. ids.Select(id => (id.Source, (string?)id.Target, ""))]);
        }

        return journal.Path;
    }

    private static byte[] Octets(Random random, int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }

    private static Task<UInt128> HashAsync(string path) => SharedJournals.HashAsync(path, Cancel);

    private static async Task<long> NumberAsync(PrivatePostgres postgres, string text)
    {
        var uri = new Uri(postgres.Store);
        await using var source = NpgsqlDataSource.Create($"Host={uri.Host};Port={uri.Port};Database=postgres;Username=mailops;SSL Mode=Disable");
        await using var command = source.CreateCommand(text);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel) ?? 0L, CultureInfo.InvariantCulture);
    }
}
