using MailOps.Maildir;
using MailOps.Maildir.Access;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Access;

/// <summary>The index of who shares with whom, and access lists on the disk.</summary>
public sealed class SharingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static AccessChange Change(string user, AccessChangeKind kind, MailboxRights rights) => new(AccessIdentifier.User(user), IsNegative: false, kind, rights);

    private static AccessChange Give(string user) => Change(user, AccessChangeKind.Replace, MailboxRights.Lookup | MailboxRights.Read);

    private static AccessChange Take(string user) => Change(user, AccessChangeKind.Delete, MailboxRights.None);

    private static async Task<string> SeenAsync(StoreFixture store, string user)
    {
        var account = await store.Store.OpenNamespacesAsync(user, None);
        return string.Join(' ', (await account.ListAsync(None)).Where(mailbox => mailbox.Exists && mailbox.Name != MailboxName.Inbox).Select(mailbox => mailbox.Name));
    }

    private static string[] Index(StoreFixture store) =>
        [.. File.ReadAllLines(Path.Join(store.Root, SharingIndex.FileName)).Where(line => line != "1").Select(line => line["shared/shared-boxes/".Length..])];

    [Theory]
    [InlineData(MaildirLayout.MaildirPlusPlus)]
    [InlineData(MaildirLayout.Fs)]
    public async Task The_index_has_each_pair_once_and_forgets_it_with_the_last_mailbox(MaildirLayout layout)
    {
        await using var store = new StoreFixture(layout: layout);
        var john = await store.AccountAsync();
        foreach (var mailbox in new[] { "a", "b" })
        {
            await john.CreateAsync(mailbox, None);
            Assert.Equal(AccessOutcome.Done, await john.SetAccessAsync(mailbox, Give("jane@example.com"), None));
        }

        Assert.Equal(["user/jane@example.com/john@example.com"], Index(store));
        Assert.Equal("user/john@example.com/a user/john@example.com/b", await SeenAsync(store, "jane@example.com"));
        Assert.Equal("", await SeenAsync(store, "mary@example.com"));
        await john.SetAccessAsync("a", Take("jane@example.com"), None);
        Assert.Equal(["user/jane@example.com/john@example.com"], Index(store));
        await john.DeleteAsync("b", None);
        Assert.Empty(Index(store));
        Assert.Equal("", await SeenAsync(store, "jane@example.com"));
    }

    [Fact]
    public async Task A_mailbox_that_is_made_below_a_shared_one_is_in_the_index_before_it_is_there()
    {
        await using var store = new StoreFixture();
        var john = await store.AccountAsync();
        await john.CreateAsync("a", None);
        await john.SetAccessAsync("a", Give("jane@example.com"), None);

        // As after an edit of the file by hand.
        File.WriteAllText(Path.Join(store.Root, SharingIndex.FileName), "");
        await john.CreateAsync("a/b", None);
        Assert.Equal(["user/jane@example.com/john@example.com"], Index(store));
        Assert.Equal("user/john@example.com/a user/john@example.com/a/b", await SeenAsync(store, "jane@example.com"));
    }

    // All accounts have the index in common: none makes it as large as it likes.
    [Fact]
    public async Task An_account_shares_with_a_bounded_number_of_others()
    {
        await using var store = new StoreFixture();
        var john = await store.AccountAsync();
        await john.CreateAsync("a", None);
        var keys = Enumerable.Range(0, SharingIndex.MostOfOwner).Select(i => FormattableString.Invariant($"shared/shared-boxes/user/u{i}@example.com/john@example.com\n1\n"));
        File.WriteAllText(Path.Join(store.Root, SharingIndex.FileName), string.Concat(keys) + "shared/shared-boxes/user/u@example.com/jane@example.com\n1\n");
        Assert.Equal(AccessOutcome.TooMany, await john.SetAccessAsync("a", Give("mary@example.com"), None));
        Assert.Equal("", await SeenAsync(store, "mary@example.com"));
        Assert.Equal(AccessOutcome.Done, await john.SetAccessAsync("a", Give("u7@example.com"), None));

        // With one more by hand he may still take rights, and what is over is forgotten by that.
        File.AppendAllText(Path.Join(store.Inbox, ".a", "dovecot-acl"), "user=byhand@example.com l\n");
        Assert.Equal(AccessOutcome.Done, await john.SetAccessAsync("a", Take("u7@example.com"), None));
        Assert.Equal(["user/byhand@example.com/john@example.com", "user/u@example.com/jane@example.com"], Index(store).Order(StringComparer.Ordinal));
        Assert.Equal(AccessOutcome.Done, await john.SetAccessAsync("a", Give("mary@example.com"), None));
    }

    [Fact]
    public async Task Lines_of_other_dictionaries_are_kept()
    {
        await using var store = new StoreFixture();
        var path = Path.Join(store.Root, SharingIndex.FileName);
        File.WriteAllText(path, "shared/other/key\nvalue\n");
        var john = await store.AccountAsync();
        await john.SetAccessAsync(MailboxName.Inbox, Give("jane@example.com"), None);
        Assert.Equal("shared/other/key\nvalue\nshared/shared-boxes/user/jane@example.com/john@example.com\n1\n", File.ReadAllText(path));
    }

    [Fact]
    public async Task What_another_process_shares_is_seen_at_once()
    {
        await using var store = new StoreFixture();
        Assert.Equal("", await SeenAsync(store, "jane@example.com"));
        await using (var other = new MaildirStore(store.Root))
        {
            var john = await other.OpenAccountAsync(StoreFixture.Account, None);
            await john.CreateAsync("a", None);
            await john.SetAccessAsync("a", Give("jane@example.com"), None);
        }

        Assert.Equal("user/john@example.com/a", await SeenAsync(store, "jane@example.com"));
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_made()
    {
        await using var store = new StoreFixture();
        await using var other = new MaildirStore(store.Root);
        var accounts = new List<IMailAccount>();
        for (var i = 0; i < 4; i++)
            accounts.Add(await (i % 2 == 0 ? store.Store : other).OpenAccountAsync(FormattableString.Invariant($"user{i / 2}@example.com"), None));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
            Assert.Equal(AccessOutcome.Done, await accounts[i % 4].SetAccessAsync(MailboxName.Inbox, Give(FormattableString.Invariant($"guest{i / 4}@example.com")), None)))));
        Assert.Equal(20, Index(store).Length);
        foreach (var owner in accounts.Take(4))
            Assert.Equal(11, (await owner.GetAccessAsync(MailboxName.Inbox, None))!.Entries.Count);
    }

    [Fact]
    public async Task A_list_or_an_index_that_cannot_be_read_hides_no_other_mailbox()
    {
        await using var store = new StoreFixture();
        var john = await store.AccountAsync();
        foreach (var mailbox in new[] { "a", "b" })
        {
            await john.CreateAsync(mailbox, None);
            await john.SetAccessAsync(mailbox, Give("jane@example.com"), None);
        }

        var list = Path.Join(store.Inbox, ".a", AccessList.FileName);
        File.Delete(list);
        Directory.CreateDirectory(list);
        var jane = await store.Store.OpenNamespacesAsync("jane@example.com", None);
        await jane.CreateAsync("own", None);
        Assert.Equal("own user/john@example.com/b", await SeenAsync(store, "jane@example.com"));
        await Assert.ThrowsAsync<MailStoreException>(() => jane.OpenAsync("user/john@example.com/a", readOnly: true, None).AsTask());
        var index = Path.Join(store.Root, SharingIndex.FileName);
        File.Delete(index);
        Directory.CreateDirectory(index);
        Assert.Equal("own", await SeenAsync(store, "jane@example.com"));
    }

    [Fact]
    public async Task The_store_refuses_what_no_command_asked_for()
    {
        await using var store = await StoreFixture.WithMessagesAsync(1);
        var john = await store.AccountAsync();
        await john.SetAccessAsync(MailboxName.Inbox, Change("jane@example.com", AccessChangeKind.Replace, MailboxRights.Lookup | MailboxRights.Read | MailboxRights.WriteFlags), None);
        var jane = await store.Store.OpenNamespacesAsync("jane@example.com", None);
        const string inbox = "user/john@example.com/INBOX";
        await using var view = (await jane.OpenAsync(inbox, readOnly: false, None))!;
        await AssertRefusedAsync(() => view.ExpungeAsync(null, None).AsTask());
        await AssertRefusedAsync(() => view.RemoveAsync(view.Messages, None).AsTask());
        await AssertRefusedAsync(() => view.MoveAsync(view.Messages, MailboxName.Inbox, None).AsTask());
        await AssertRefusedAsync(() => view.CopyAsync(view.Messages, inbox, None).AsTask());
        await AssertRefusedAsync(() => jane.AppendAsync(inbox, store.Store.BeginDelivery(), MessageFlagSet.None, null, None).AsTask());
        Assert.Null(await jane.GetAccessAsync(inbox, None));
        Assert.Equal(MailboxOutcome.NotPermitted, await jane.CreateAsync(inbox + "/below", None));
        Assert.Equal(MailboxOutcome.NotPermitted, await jane.DeleteAsync(inbox, None));
        Assert.Equal(AccessOutcome.NotPermitted, await jane.SetAccessAsync(inbox, Give("mary@example.com"), None));
        await view.StoreFlagsAsync(view.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Seen | SystemFlags.Answered), None);
        Assert.Equal(SystemFlags.Answered, view.Messages[0].Flags.System);

        // Rights that go are gone for a view that is open.
        await john.SetAccessAsync(MailboxName.Inbox, Take("jane@example.com"), None);
        Assert.True((await view.RefreshAsync(expunges: true, None)).IsLost);
        await AssertRefusedAsync(() => view.CopyAsync(view.Messages, MailboxName.Inbox, None).AsTask());
        Assert.Null(await jane.OpenAsync(inbox, readOnly: true, None));
        Assert.Null(await jane.StatusAsync(inbox, None));

        static async Task AssertRefusedAsync(Func<Task> attempt) =>
            Assert.Equal(StoreFault.NotPermitted, (await Assert.ThrowsAsync<MailStoreException>(attempt)).Fault);
    }
}
