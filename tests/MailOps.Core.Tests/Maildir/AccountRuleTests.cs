using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class AccountRuleTests
{
    [Theory]
    [InlineData(MaildirLayout.MaildirPlusPlus)]
    [InlineData(MaildirLayout.Fs)]
    [Trait("Windows", "can")]
    public async Task A_CREATE_that_fails_changes_nothing_on_disk(MaildirLayout layout)
    {
        await using var store = new StoreFixture(layout: layout);
        var account = await store.AccountAsync();
        await account.CreateAsync("A", CancellationToken.None);
        Directory.Delete(Path.Combine(store.Inbox, "new"));
        var before = Tree(store);
        foreach (var name in new[] { "INBOX", "inbox", "InBox/" })
            Assert.Equal(MailboxOutcome.AlreadyExists, await account.CreateAsync(name, CancellationToken.None));
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.CreateAsync("A", CancellationToken.None));
        Assert.Equal(MailboxOutcome.InvalidName, await account.CreateAsync("A/../B", CancellationToken.None));
        Assert.Equal(before, Tree(store));
    }

    [Theory]
    [InlineData(MaildirLayout.MaildirPlusPlus, ".A", ".Z")]
    [InlineData(MaildirLayout.Fs, "A", "Z")]
    public async Task A_rename_by_another_process_during_a_listing_hides_nothing(MaildirLayout layout, string from, string to)
    {
        HookedDisk? hooks = null;
        await using var store = new StoreFixture(disk => hooks = new HookedDisk(disk), layout);
        var account = await store.AccountAsync();
        foreach (var name in new[] { "A", "B", "C" })
            await account.CreateAsync(name, CancellationToken.None);
        var renames = 0;
        hooks!.Shows = (directory, name) =>
        {
            if (directory != store.Inbox || name != from || renames++ > 0)
                return true;
            Directory.Move(Path.Combine(directory, from), Path.Combine(directory, to));
            return false;
        };
        Assert.Equal(["INBOX", "B", "C", "Z"], (await account.ListAsync(CancellationToken.None)).Select(info => info.Name));
        Assert.Equal(1, renames);
    }

    [Fact]
    public async Task A_rename_of_a_tree_that_a_crash_interrupted_is_finished_by_who_comes_next()
    {
        for (var steps = 0; steps < 4; steps++)
        {
            var left = int.MaxValue;
            await using var store = new StoreFixture(disk => new HookedDisk(disk)
            {
                Before = (operation, path) =>
                {
                    if ((operation == "Rename" && Path.GetFileName(path).StartsWith(".New", StringComparison.Ordinal) && left-- == 0) || left < 0)
                        throw new MailStoreException(StoreFault.Broken, "The process ended.");
                },
            });
            var account = await store.AccountAsync();
            foreach (var name in new[] { "Old", "Old/A", "Old/A/B", "Older" })
                await account.CreateAsync(name, CancellationToken.None);
            await store.DeliverAsync("Subject: x\r\n\r\n", "Old", "Old/A", "Old/A/B");
            var validity = (await account.StatusAsync("Old/A", CancellationToken.None))!.UidValidity;

            left = steps;
            if (steps < 3)
                await Assert.ThrowsAsync<MailStoreException>(async () => await account.RenameAsync("Old", "New", CancellationToken.None));
            else
                await account.RenameAsync("Old", "New", CancellationToken.None);
            left = int.MaxValue;
            await store.RestartAsync();
            account = await store.AccountAsync();
            Assert.Equal(["INBOX", "New", "New/A", "New/A/B", "Older"], (await account.ListAsync(CancellationToken.None)).Select(info => info.Name));
            Assert.Equal(1, (await account.StatusAsync("New/A/B", CancellationToken.None))!.Messages);
            Assert.Equal(validity, (await account.StatusAsync("New/A", CancellationToken.None))!.UidValidity);
            Assert.False(File.Exists(Path.Combine(store.Inbox, "mailops-rename")));
        }
    }

    [Theory]
    [InlineData(MaildirLayout.MaildirPlusPlus)]
    [InlineData(MaildirLayout.Fs)]
    public async Task Two_processes_make_delete_and_rename_without_losing_a_mailbox_or_a_message(MaildirLayout layout)
    {
        await using var store = new StoreFixture(layout: layout);
        await using var other = new MaildirStore(store.Root, new MaildirStoreOptions { Layout = layout });
        var first = await store.AccountAsync();
        var second = await other.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        await first.CreateAsync("Home/Child", CancellationToken.None);
        await store.DeliverAsync("Subject: kept\r\n\r\n", "Home/Child");
        await Task.WhenAll(Task.Run(() => ChurnAsync(first, 1)), Task.Run(() => ChurnAsync(second, 2)));

        var names = (await second.ListAsync(CancellationToken.None)).Where(info => info.Exists).Select(info => info.Name).ToList();
        Assert.Equal(names, (await first.ListAsync(CancellationToken.None)).Where(info => info.Exists).Select(info => info.Name));
        var home = Assert.Single(names, name => name.EndsWith("/Child", StringComparison.Ordinal));
        Assert.Equal(1, (await second.StatusAsync(home, CancellationToken.None))!.Messages);
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task UIDVALIDITY_differs_between_mailboxes_and_never_comes_again()
    {
        await using var store = new StoreFixture();
        await using var other = new MaildirStore(store.Root);
        var accounts = new[] { await store.AccountAsync(), await other.OpenAccountAsync(StoreFixture.Account, CancellationToken.None) };
        var seen = new HashSet<uint>();
        for (var i = 0; i < 6; i++)
        {
            var account = accounts[i % 2];
            foreach (var name in new[] { "A", "B/C" })
            {
                await account.CreateAsync(name, CancellationToken.None);
                Assert.True(seen.Add((await accounts[(i + 1) % 2].StatusAsync(name, CancellationToken.None))!.UidValidity));
                await account.DeleteAsync(name, CancellationToken.None);
            }
        }
    }

    [Theory]
    [InlineData("Rename")]
    [InlineData("Create")]
    public void A_UIDVALIDITY_that_another_process_takes_in_the_same_moment_is_not_given_twice(string operation)
    {
        var path = Directory.CreateTempSubdirectory("mailops-counter-").FullName;
        try
        {
            using IMaildirDisk plain = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
            var first = operation == "Rename" ? UidValidityCounter.Next(plain, path, TimeProvider.System) : 0;
            var theirs = 0u;
            using var hooks = new HookedDisk(plain)
            {
                Before = (what, target) =>
                {
                    if (what != operation || theirs != 0)
                        return;

                    // The other one takes a value above ours, as its clock may go ahead; without a lock that we share.
                    var taken = uint.Parse(Path.GetExtension(target)[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                    theirs = taken + 1;
                    if (first != 0)
                        File.Move(Path.Combine(path, $"dovecot-uidvalidity.{first:x8}"), Path.Combine(path, $"dovecot-uidvalidity.{theirs:x8}"));
                    else
                        File.WriteAllText(Path.Combine(path, $"dovecot-uidvalidity.{theirs:x8}"), "");
                },
            };
            var ours = UidValidityCounter.Next(hooks, path, TimeProvider.System);
            Assert.True(ours > theirs && theirs > first);
            Assert.Equal([$"dovecot-uidvalidity.{ours:x8}"], Directory.GetFiles(path, "dovecot-uidvalidity.*").Select(Path.GetFileName).Where(name => name!.Length > 20));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Theory]
    [InlineData(MaildirLayout.MaildirPlusPlus)]
    [InlineData(MaildirLayout.Fs)]
    public async Task Where_the_disk_ignores_case_a_mailbox_has_one_spelling(MaildirLayout layout)
    {
        await using var store = new StoreFixture(disk => new CaseIgnoringDisk(disk), layout);
        var account = await store.AccountAsync();
        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Archive/Old", CancellationToken.None));
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.CreateAsync("ARCHIVE/old", CancellationToken.None));
        Assert.Null(await account.OpenAsync("archive/OLD", readOnly: true, CancellationToken.None));
        Assert.Equal(MailboxOutcome.NonExistent, await account.DeleteAsync("archive/old", CancellationToken.None));
        Assert.Equal(MailboxOutcome.NonExistent, await account.RenameAsync("archive/old", "X", CancellationToken.None));
        Assert.NotNull(await account.StatusAsync("Archive/Old", CancellationToken.None));
        await account.CreateAsync("Other", CancellationToken.None);
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.RenameAsync("Other", "archive/old", CancellationToken.None));
        Assert.Equal(MailboxOutcome.Done, await account.RenameAsync("Archive/Old", "Archive/OLD", CancellationToken.None));
        Assert.NotNull(await account.StatusAsync("Archive/OLD", CancellationToken.None));

        // Nested, what lies below a directory has its spelling; side by side, each directory has its own.
        var expected = layout == MaildirLayout.Fs ? MailboxOutcome.AlreadyExists : MailboxOutcome.Done;
        Assert.Equal(expected, await account.CreateAsync("archive/New", CancellationToken.None));
        Assert.Equal(expected, await account.RenameAsync("Archive/OLD", "archive/old", CancellationToken.None));
    }

    private static async Task ChurnAsync(IMailAccount account, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 60; i++)
        {
            var name = "Box" + random.Next(3);
            switch (random.Next(4))
            {
                case 0:
                    await account.CreateAsync(name, CancellationToken.None);
                    break;
                case 1:
                    await account.DeleteAsync(name, CancellationToken.None);
                    break;
                case 2:
                    await account.RenameAsync(name, "Box" + random.Next(3), CancellationToken.None);
                    break;
                default:
                    await account.RenameAsync("Home", "Away", CancellationToken.None);
                    await account.RenameAsync("Away", "Home", CancellationToken.None);
                    break;
            }
        }
    }

    private static string Tree(StoreFixture store) =>
        string.Join('\n', new DirectoryInfo(store.Inbox).GetFileSystemInfos("*", SearchOption.AllDirectories).Select(entry => entry.FullName + " " + entry.LastWriteTimeUtc.Ticks).Order(StringComparer.Ordinal));
}
