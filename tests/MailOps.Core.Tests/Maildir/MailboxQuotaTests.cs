using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>How many mailboxes an account may have (RFC 9208 section 5.3).</summary>
public sealed class MailboxQuotaTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_one_too_many_is_refused_and_what_makes_none_is_not()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("One", Cancel);
        store.Store.MaxMailboxes = 3;
        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Two/Below", Cancel));
        var failure = await Assert.ThrowsAsync<MailStoreException>(() => account.CreateAsync("Three", Cancel).AsTask());
        Assert.Equal(StoreFault.OverQuota, failure.Fault);
        Assert.EndsWith("is over its quota: it has 3 of 3 mailboxes. Delete one, or raise the limit.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(StoreFault.OverQuota, (await Assert.ThrowsAsync<MailStoreException>(() => account.RenameAsync("INBOX", "Three", Cancel).AsTask())).Fault);
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.CreateAsync("One", Cancel));
        Assert.Equal(MailboxOutcome.Done, await account.RenameAsync("One", "Three", Cancel));
        Assert.Equal((3, 3), (await account.GetQuotaAsync(Cancel) is { } full ? full.Mailboxes : 0, store.Store.MaxMailboxes));

        // Those that are there stay, however the limit changes.
        store.Store.MaxMailboxes = 1;
        Assert.Equal(3, (await account.ListAsync(Cancel)).Count(mailbox => mailbox.Exists));
        Assert.Equal(MailboxOutcome.Done, await account.DeleteAsync("Three", Cancel));
        await Assert.ThrowsAsync<MailStoreException>(() => account.CreateAsync("Four", Cancel).AsTask());
        store.Store.MaxMailboxes = null;
        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Four", Cancel));
        Assert.Null(await account.GetQuotaAsync(Cancel));
    }

    [Fact]
    public async Task Many_who_make_mailboxes_at_once_make_no_more_than_there_may_be()
    {
        await using var store = new StoreFixture();
        store.Store.MaxMailboxes = 5;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            try
            {
                return await (await store.AccountAsync()).CreateAsync($"Box{i}", Cancel) == MailboxOutcome.Done;
            }
            catch (MailStoreException e) when (e.Fault == StoreFault.OverQuota)
            {
                return false;
            }
        })));
        Assert.Equal(4, outcomes.Count(isMade => isMade));
    }

    [Fact]
    public async Task The_other_limits_hold_beside_it()
    {
        await using var store = new StoreFixture(quota: new MailQuota(Messages: 1));
        store.Store.MaxMailboxes = 9;
        await store.DeliverAsync("Subject: s\r\n\r\n");
        Assert.Equal(new MailQuotaUsage(14, 1, new MailQuota(Messages: 1)) { Mailboxes = 1, MaxMailboxes = 9 }, await (await store.AccountAsync()).GetQuotaAsync(Cancel));
        await Assert.ThrowsAsync<MailStoreException>(() => store.AppendAsync("Subject: s\r\n\r\n").AsTask());
    }
}
