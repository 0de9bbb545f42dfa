using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>REPLACE (RFC 8508) in the store: one message comes, one goes, or nothing happens.</summary>
public sealed class ReplaceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<IReadOnlyList<AppendedMessage>?> ReplaceAsync(StoreFixture store, IMailAccount account, IMailbox view, string mailbox)
    {
        await using var delivery = store.Store.BeginDelivery();
        delivery.Write("Subject: new\r\n\r\n"u8);
        return await account.ReplaceAsync(mailbox, new MessageToAppend(delivery, MessageFlagSet.None, null), view, view.Messages[0], Cancel);
    }

    private static async Task<List<uint>> UidsAsync(IMailAccount account, string mailbox)
    {
        await using var view = await account.OpenAsync(mailbox, readOnly: true, Cancel);
        return [.. view!.Messages.Select(message => message.Uid)];
    }

    [Theory]
    [InlineData("INBOX", new uint[] { 2, 3 }, new uint[0])]
    [InlineData("Other", new uint[] { 2 }, new uint[] { 1 })]
    public async Task One_comes_and_one_goes(string mailbox, uint[] inbox, uint[] other)
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        var account = await store.AccountAsync();
        await account.CreateAsync("Other", Cancel);
        await using var view = await store.OpenAsync();
        Assert.Single((await ReplaceAsync(store, account, view, mailbox))!);
        Assert.Equal(inbox, await UidsAsync(account, "INBOX"));
        Assert.Equal(other, await UidsAsync(account, "Other"));
        Assert.Empty(Directory.GetFiles(Path.Join(store.Root, "tmp")));
    }

    [Fact]
    public async Task Nothing_comes_where_the_other_is_gone_or_there_is_no_such_mailbox()
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        var account = await store.AccountAsync();
        await using var view = await store.OpenAsync();
        Assert.Null(await ReplaceAsync(store, account, view, "Nowhere"));
        await using (var other = await store.OpenAsync())
            await other.RemoveAsync([other.Messages[0]], Cancel);
        Assert.Empty((await ReplaceAsync(store, account, view, "INBOX"))!);
        Assert.Equal([2u], await UidsAsync(account, "INBOX"));
    }

    [Theory]
    [InlineData("Unlink")]
    [InlineData("Sync")]
    public async Task What_hinders_the_removal_takes_the_new_message_back_RFC8508_3_4(string operation)
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        for (var i = 1; i <= 2; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        var account = await store.AccountAsync();
        await using var view = await store.OpenAsync();
        var failures = 0;
        disk.Before = (what, path) =>
        {
            if (what == operation && !path.EndsWith(".lock", StringComparison.Ordinal) && Interlocked.Increment(ref failures) == 1)
                throw new MailStoreException(StoreFault.Broken, "No disk.");
        };
        await Assert.ThrowsAsync<MailStoreException>(() => ReplaceAsync(store, account, view, "INBOX"));
        Assert.True(failures > 0);
        disk.Before = static (_, _) => { };
        Assert.Equal([1u, 2], await UidsAsync(account, "INBOX"));
    }

    [Fact]
    public async Task Of_many_who_replace_or_move_one_message_one_has_it_and_nobody_sees_two()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var store = await StoreFixture.WithMessagesAsync(1);
            var account = await store.AccountAsync();
            await account.CreateAsync("Other", Cancel);
            var views = new List<IMailbox>();
            for (var i = 0; i < 4; i++)
                views.Add(await store.OpenAsync());
            await using var watcher = await store.OpenAsync();
            var done = await Task.WhenAll(views.Select((view, i) => Task.Run(async () => i == 0
                ? (await view.MoveAsync([view.Messages[0]], "Other", Cancel))!.SourceUids.Count
                : (await ReplaceAsync(store, account, view, "INBOX"))!.Count)).Append(Task.Run(async () =>
            {
                for (var look = 0; look < 20; look++)
                {
                    await watcher.RefreshAsync(expunges: true, Cancel);
                    Assert.InRange(watcher.Messages.Count, 0, 1);
                }

                return 0;
            })));
            Assert.Equal(1, done.Sum());
            Assert.Equal(1, (await UidsAsync(account, "INBOX")).Count + (await UidsAsync(account, "Other")).Count);
            foreach (var view in views)
                await view.DisposeAsync();
        }
    }
}
