using System.Text;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A delivery whose targets are each for itself: what hinders one does not hinder the others.</summary>
public sealed class DeliveryToEachTests
{
    private const string Text = "Subject: x\r\n\r\nbody\r\n";

    [Fact]
    public async Task All_who_can_take_it_have_it_durable_and_the_others_have_their_reason()
    {
        await using var fixture = new StoreFixture();
        Directory.CreateDirectory(Path.Combine(fixture.Root, "mail", "example.com"));
        await File.WriteAllTextAsync(Path.Combine(fixture.Root, "mail", "example.com", "broken"), "in the way");
        var outcomes = await DeliverAsync(fixture.Store, "a@example.com", "broken@example.com", "no address", "b@example.com", "a@example.com");
        Assert.Equal([null, StoreFault.Broken, StoreFault.Broken, null, null], outcomes.Select(outcome => outcome?.Fault));
        Assert.Equal((1, 1), (Count(fixture, "a"), Count(fixture, "b")));
        Assert.Empty(Directory.GetFiles(Path.Combine(fixture.Root, "tmp")));
    }

    [Fact]
    public async Task Where_nobody_can_take_it_nothing_is_left()
    {
        await using var fixture = new StoreFixture();
        Assert.All(await DeliverAsync(fixture.Store, "no address", ""), Assert.NotNull);
        Assert.Empty(await DeliverAsync(fixture.Store));
        Assert.Empty(Directory.GetFiles(fixture.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_quota_counts_for_its_account_alone_and_only_what_was_delivered()
    {
        await using var fixture = new StoreFixture();
        await using var store = new MaildirStore(fixture.Root, new MaildirStoreOptions { Quota = new MailQuota(Bytes: null, Messages: 2) });
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(fixture.Root, "mail", "example.com", "full", part));
        for (var i = 0; i < 2; i++)
            await File.WriteAllTextAsync(Path.Combine(fixture.Root, "mail", "example.com", "full", "cur", $"170000000{i}.M1P1.host:2,S"), "x");
        foreach (var expected in new StoreFault?[] { null, null, StoreFault.OverQuota })
        {
            var outcomes = await DeliverAsync(store, "full@example.com", "a@example.com");
            Assert.Equal([StoreFault.OverQuota, expected], outcomes.Select(outcome => outcome?.Fault));
        }

        Assert.Equal((2, 2), (Count(fixture, "full"), Count(fixture, "a")));
        Assert.Contains(" 2\n", await File.ReadAllTextAsync(Path.Combine(fixture.Root, "mail", "example.com", "full", "maildirsize")), StringComparison.Ordinal);
    }

    // The last target gets the file itself, the others links.
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public async Task A_directory_that_cannot_be_written_is_passed_over(string broken)
    {
        await using var fixture = new StoreFixture(disk => new HookedDisk(disk)
        {
            Before = (operation, path) =>
            {
                if (operation is "Link" or "Rename" && path.Contains($"/{broken}/new/", StringComparison.Ordinal))
                    throw new MailStoreException(StoreFault.Broken, "as asked for");
            },
        });
        var outcomes = await DeliverAsync(fixture.Store, "a@example.com", "b@example.com", "c@example.com");
        foreach (var (name, outcome) in new[] { "a", "b", "c" }.Zip(outcomes))
        {
            Assert.Equal(name == broken ? "as asked for" : null, outcome?.Message);
            Assert.Equal(name == broken ? 0 : 1, Count(fixture, name));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(fixture.Root, "tmp")));
    }

    [Theory]
    [InlineData("Create")]
    [InlineData("Sync")]
    public async Task A_disk_that_fails_for_all_gives_nothing_to_anybody(string failing)
    {
        await using var fixture = new StoreFixture(disk => new HookedDisk(disk)
        {
            Before = (operation, _) =>
            {
                if (operation == failing)
                    throw new MailStoreException(StoreFault.Full, "as asked for");
            },
        });
        var outcomes = await DeliverAsync(fixture.Store, "a@example.com", "b@example.com", "a@example.com");
        Assert.All(outcomes, outcome => Assert.Equal(StoreFault.Full, outcome?.Fault));
        Assert.Equal((0, 0), (Count(fixture, "a"), Count(fixture, "b")));
    }

    private static async Task<IReadOnlyList<MailStoreException?>> DeliverAsync(MaildirStore store, params string[] accounts)
    {
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes(Text));
        return await delivery.CommitEachAsync([.. accounts.Select(account => new DeliveryTarget(account))], CancellationToken.None);
    }

    private static int Count(StoreFixture fixture, string name) =>
        new[] { "new", "cur" }.Select(part => Path.Combine(fixture.Root, "mail", "example.com", name, part)).Where(Directory.Exists).Sum(folder => Directory.GetFiles(folder).Length);
}
