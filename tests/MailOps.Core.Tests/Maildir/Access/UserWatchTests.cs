using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Maildir.Watching;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Access;

/// <summary>Who watches all that he sees hears of what others begin and end to share, and of what becomes of it.</summary>
public sealed class UserWatchTests
{
    private const string Jane = "jane@example.com";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_that_cannot_be_read_hides_no_news_of_others_and_is_tried_again()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        var jane = await store.Store.OpenNamespacesAsync(Jane, Cancel);
        using var watch = await jane.WatchAsync(Cancel);
        var isBroken = true;
        disk.BeforeReading = (_, path) =>
        {
            if (Volatile.Read(ref isBroken) && Environment.StackTrace.Contains(nameof(VisitedWatch), StringComparison.Ordinal) && path.Contains("mary", StringComparison.Ordinal))
                throw new MailStoreException(StoreFault.Broken, "The directory cannot be read.");
        };
        foreach (var owner in new[] { "anna@example.com", "mary@example.com", "paul@example.com" })
        {
            var account = await store.Store.OpenAccountAsync(owner, Cancel);
            await account.CreateAsync("Shared", Cancel);
            await ShareAsync(account, "Shared");
        }

        await Assert.ThrowsAsync<MailStoreException>(async () =>
        {
            while (true)
            {
                await watch.WaitAsync(Cancel).WaitAsync(Patience, Cancel);
                watch.Take();
            }
        });
        Volatile.Write(ref isBroken, false);
        var told = new List<string>();
        while (!told.Contains("Created user/mary@example.com/Shared"))
        {
            await watch.WaitAsync(Cancel).WaitAsync(Patience, Cancel);
            told.AddRange(Told(watch));
        }
    }

    [Fact]
    public async Task Shared_mailboxes_below_one_that_is_hidden_are_told_when_that_is_renamed()
    {
        await using var store = new StoreFixture();
        var john = await store.AccountAsync();
        foreach (var mailbox in new[] { "Top/a", "Top/a/x", "Top/b", "Top/c" })
            await john.CreateAsync(mailbox, Cancel);
        foreach (var mailbox in new[] { "Top/a", "Top/a/x", "Top/b" })
            await ShareAsync(john, mailbox);
        var jane = await store.Store.OpenNamespacesAsync(Jane, Cancel);
        using var watch = await jane.WatchAsync(Cancel);
        await john.RenameAsync("Top", "New", Cancel);
        await watch.WaitAsync(Cancel).WaitAsync(Patience, Cancel);

        // Of Top/a/x the rename of Top/a says it.
        Assert.Equal("Renamed user/john@example.com/New/a user/john@example.com/Top/a; Renamed user/john@example.com/New/b user/john@example.com/Top/b", string.Join("; ", Told(watch)));
    }

    [Fact]
    public async Task A_rename_of_INBOX_moves_nothing_that_is_shared_below_it()
    {
        await using var store = new StoreFixture();
        var john = await store.AccountAsync();
        await john.CreateAsync("INBOX/a", Cancel);
        await ShareAsync(john, "INBOX/a");
        var jane = await store.Store.OpenNamespacesAsync(Jane, Cancel);
        using var watch = await jane.WatchAsync(Cancel);
        Assert.Equal(MailboxOutcome.Done, await john.RenameAsync("INBOX", "Old", Cancel));
        Assert.Equal(MailboxOutcome.Done, await john.CreateAsync("INBOX/a/b", Cancel));
        Assert.Equal(["Created user/john@example.com/INBOX/a/b"], Told(watch));
    }

    private static async Task ShareAsync(IMailAccount account, string mailbox)
    {
        var change = new AccessChange(AccessIdentifier.User(Jane), IsNegative: false, AccessChangeKind.Replace, MailboxRights.Lookup | MailboxRights.Read);
        Assert.Equal(AccessOutcome.Done, await account.SetAccessAsync(mailbox, change, Cancel));
    }

    private static List<string> Told(IAccountWatch watch) =>
        [.. watch.Take().Changes.Select(change => $"{change.Kind} {change.Mailbox} {change.OldName}".TrimEnd())];
}
