using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Watching;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Who watches an account hears of what sessions, deliveries and other processes do in it.</summary>
public sealed class AccountWatchTests
{
    private const string Account = "john@example.com";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_another_session_does_to_mailboxes_is_told_in_its_order()
    {
        await using var store = new StoreFixture();
        var (mine, other) = (await store.AccountAsync(), await store.AccountAsync());
        using var watch = await mine.WatchAsync(Cancel);
        await other.CreateAsync("Work", Cancel);
        await other.CreateAsync("Work/Old", Cancel);
        await other.RenameAsync("Work", "Play", Cancel);
        await other.SetSubscribedAsync("Play", subscribed: true, Cancel);
        await other.SetSubscribedAsync("Play", subscribed: true, Cancel);
        await other.SetAnnotationsAsync("Play", Value("/private/comment", "x"), Cancel);
        await other.SetAnnotationsAsync(null, Value("/private/vendor/x", "x"), Cancel);
        await other.DeleteAsync("Play/Old", Cancel);
        await other.DeleteAsync("Nowhere", Cancel);
        await watch.WaitAsync(Cancel).WaitAsync(Patience, Cancel);
        Assert.Equal(["Created Work", "Created Work/Old", "Renamed Play Work", "Subscription Play", "Annotated Play /private/comment", "Annotated  /private/vendor/x", "Deleted Play/Old"], Told(watch.Take()));
        Assert.Empty(Told(watch.Take()));
        Assert.False(watch.WaitAsync(Cancel).IsCompleted);
    }

    [Fact]
    public async Task What_the_session_does_itself_is_not_told()
    {
        await using var store = new StoreFixture();
        var mine = await store.AccountAsync();
        using var watch = await mine.WatchAsync(Cancel);
        await mine.CreateAsync("Work", Cancel);
        await mine.RenameAsync("Work", "Play", Cancel);
        await mine.SetSubscribedAsync("Play", subscribed: true, Cancel);
        await mine.SetAnnotationsAsync("Play", Value("/private/comment", "x"), Cancel);
        await mine.DeleteAsync("Play", Cancel);
        Assert.Empty(Told(watch.Take()));
    }

    [Fact]
    public async Task Renaming_INBOX_makes_a_mailbox_and_leaves_those_below_it()
    {
        await using var store = new StoreFixture();
        var (mine, other) = (await store.AccountAsync(), await store.AccountAsync());
        await other.CreateAsync("INBOX/Below", Cancel);
        using var watch = await mine.WatchAsync(Cancel);
        await other.RenameAsync("INBOX", "Old", Cancel);
        foreach (var mailbox in new[] { "INBOX", "INBOX/Below", "Old" })
            await AppendAsync(store, other, mailbox);
        var news = watch.Take();
        Assert.Equal(["Renamed Old INBOX"], Told(news));
        Assert.Equal(["INBOX", "INBOX/Below", "Old"], news.Touched.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_delivery_touches_its_mailbox_though_nobody_has_it_open()
    {
        await using var store = new StoreFixture();
        using var watch = await (await store.AccountAsync()).WatchAsync(Cancel);
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await watch.WaitAsync(Cancel).WaitAsync(Patience, Cancel);
        Assert.Equal(["INBOX"], watch.Take().Touched);
    }

    [Fact]
    public async Task A_mailbox_that_is_read_for_the_first_time_is_not_touched()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await using var later = new MaildirStore(store.Root);
        var account = await later.OpenAccountAsync(Account, Cancel);
        using var watch = await account.WatchAsync(Cancel);
        Assert.Equal(1, (await account.StatusAsync("INBOX", Cancel))!.Messages);
        Assert.Empty(watch.Take().Touched);
    }

    [Fact]
    public async Task Flags_and_expunges_touch_their_mailbox()
    {
        await using var store = new StoreFixture();
        var (mine, other) = (await store.AccountAsync(), await store.AccountAsync());
        await other.CreateAsync("Work", Cancel);
        await AppendAsync(store, other, "Work");
        await using var view = (await other.OpenAsync("Work", readOnly: false, Cancel))!;
        using var watch = await mine.WatchAsync(Cancel);
        await view.StoreFlagsAsync(view.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Deleted), Cancel);
        Assert.Equal(["Work"], watch.Take().Touched);
        await view.ExpungeAsync(null, Cancel);
        Assert.Equal(["Work"], watch.Take().Touched);
        Assert.Empty(watch.Take().Touched);
    }

    [Fact]
    public async Task What_another_process_does_is_found()
    {
        await using var store = new StoreFixture();
        await using var beside = new MaildirStore(store.Root, new MaildirStoreOptions { AccountWatchInterval = TimeSpan.FromMilliseconds(50) });
        var other = await store.AccountAsync();
        await other.CreateAsync("Work", Cancel);
        await other.CreateAsync("Gone", Cancel);
        await other.SetSubscribedAsync("Gone", subscribed: true, Cancel);
        using var watch = await (await beside.OpenAccountAsync(Account, Cancel)).WatchAsync(Cancel);
        await AppendAsync(store, other, "Work");
        await UntilAsync(watch, news => news.Touched.Contains("Work"));
        await other.CreateAsync("Work/New", Cancel);
        await UntilAsync(watch, news => Told(news).Contains("Created Work/New"));
        await AppendAsync(store, other, "Work/New");
        await UntilAsync(watch, news => news.Touched.Contains("Work/New"));
        await other.DeleteAsync("Gone", Cancel);
        await UntilAsync(watch, news => Told(news).Contains("Deleted Gone"));
        await other.SetSubscribedAsync("Gone", subscribed: false, Cancel);
        await UntilAsync(watch, news => Told(news).Contains("Subscription Gone"));
        await other.SetAnnotationsAsync("Work", Value("/private/comment", "x"), Cancel);
        await UntilAsync(watch, news => Told(news).Contains("Annotated Work /private/comment"));
        await other.SetAnnotationsAsync(null, Value("/private/vendor/x", "x"), Cancel);
        await UntilAsync(watch, news => Told(news).Contains("Annotated  /private/vendor/x"));
    }

    [Fact]
    public void More_than_is_kept_for_one_who_does_not_ask_is_said_to_be_lost()
    {
        using var watch = new AccountWatch(origin: null, _ => { });
        for (var i = 0; i <= AccountWatch.MostChanges; i++)
            watch.Add(new AccountChange(AccountChangeKind.Created, "Box"), by: null);
        Assert.True(watch.Take().IsOverflow);
        Assert.False(watch.Take().IsOverflow);
    }

    [Fact]
    public async Task Who_no_longer_watches_hears_nothing()
    {
        await using var store = new StoreFixture();
        var (mine, other) = (await store.AccountAsync(), await store.AccountAsync());
        var watch = await mine.WatchAsync(Cancel);
        watch.Dispose();
        await other.CreateAsync("Work", Cancel);
        Assert.Empty(Told(watch.Take()));
        using var again = await mine.WatchAsync(Cancel);
        await AppendAsync(store, other, "Work");
        Assert.Equal(["Work"], again.Take().Touched);
    }

    private static async Task UntilAsync(IAccountWatch watch, Predicate<AccountNews> isThere)
    {
        using var patience = new CancellationTokenSource(Patience);
        do
            await watch.WaitAsync(patience.Token);
        while (!isThere(watch.Take()));
    }

    private static List<string> Told(AccountNews news) =>
        [.. news.Changes.Select(change => string.Join(' ', new[] { change.Kind.ToString(), change.Mailbox ?? "", change.OldName }.OfType<string>().Concat(change.Entries)))];

    private static Dictionary<string, ReadOnlyMemory<byte>?> Value(string entry, string value) => new(StringComparer.Ordinal) { [entry] = Encoding.UTF8.GetBytes(value) };

    private static async Task AppendAsync(StoreFixture store, IMailAccount account, string mailbox)
    {
        await using var delivery = store.Store.BeginDelivery();
        delivery.Write("Subject: x\r\n\r\n"u8);
        Assert.NotNull(await account.AppendAsync(mailbox, delivery, MessageFlagSet.None, internalDate: null, Cancel));
    }
}
