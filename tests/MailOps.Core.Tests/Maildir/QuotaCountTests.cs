using MailOps.Maildir;
using MailOps.Maildir.Quota;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Who has to count an account, when, and who waits for it.</summary>
public sealed class QuotaCountTests
{
    private const string Message = "Subject: x\r\n\r\nbody\r\n";
    private const string Jane = "jane@example.com";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("Windows", "can")]
    public async Task An_account_that_is_counted_holds_up_no_other_and_is_counted_once_for_all_who_ask()
    {
        HookedDisk? disk = null;
        var clock = new StandingClock();
        await using var store = new StoreFixture(plain => disk = new HookedDisk(plain), clock: clock);
        await store.DeliverAsync(Message);
        await File.WriteAllTextAsync(FileOf(store), "3C\nrubbish\n");
        clock.Advance(TimeSpan.FromSeconds(1));
        var counts = 0;
        using var isCounting = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        disk!.BeforeReading = (what, path) =>
        {
            if (what != "List" || path != Path.Join(store.Inbox, "new"))
                return;
            Interlocked.Increment(ref counts);
            isCounting.Set();
            mayGoOn.Wait(Patience);
        };

        // If asking did the counting, the first would not come back.
        var asked = Enumerable.Range(0, 8).Select(_ => store.Store.HasRoomAsync(StoreFixture.Account, 1, CancellationToken.None).AsTask()).ToList();
        var delivery = store.DeliverAsync(Message).AsTask();
        Assert.True(isCounting.Wait(Patience));
        Assert.True(await store.Store.HasRoomAsync(Jane, 1, CancellationToken.None).AsTask().WaitAsync(Patience));
        await DeliverToJaneAsync(store).WaitAsync(Patience);
        Assert.DoesNotContain(asked, one => one.IsCompleted);
        Assert.False(delivery.IsCompleted);

        mayGoOn.Set();
        Assert.All(await Task.WhenAll(asked), Assert.True);
        await delivery;
        Assert.Equal(1, counts);
        Assert.Equal("3C\n20 1\n20 1\n", await File.ReadAllTextAsync(FileOf(store)));
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task Who_gives_up_waiting_leaves_the_count_to_the_others()
    {
        HookedDisk? disk = null;
        await using var store = new StoreFixture(plain => disk = new HookedDisk(plain), quota: new MailQuota(Messages: 1));
        await store.DeliverAsync(Message);
        File.Delete(FileOf(store));
        using var mayGoOn = new ManualResetEventSlim();
        disk!.BeforeReading = (what, _) =>
        {
            if (what == "List")
                mayGoOn.Wait(Patience);
        };
        using var cancel = new CancellationTokenSource();
        var impatient = store.Store.HasRoomAsync(StoreFixture.Account, 1, cancel.Token).AsTask();
        var patient = store.Store.HasRoomAsync(StoreFixture.Account, 1, CancellationToken.None).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.False(patient.IsCompleted);
        mayGoOn.Set();
        Assert.False(await patient);
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_mailbox_that_goes_while_the_sum_is_written_is_not_in_the_next()
    {
        HookedDisk? disk = null;
        await using var store = new StoreFixture(plain => disk = new HookedDisk(plain), quota: new MailQuota(Messages: 10));
        var account = await store.AccountAsync();
        await account.CreateAsync("Sub", CancellationToken.None);
        await store.DeliverAsync(Message, "INBOX", "Sub");
        await File.WriteAllTextAsync(FileOf(store), "rubbish");
        using var isWriting = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        disk!.Before = (what, _) =>
        {
            if (what != "Create" || isWriting.IsSet)
                return;
            isWriting.Set();
            mayGoOn.Wait(Patience);
        };
        var asked = account.GetQuotaAsync(CancellationToken.None).AsTask();
        Assert.True(isWriting.Wait(Patience));
        var deletion = account.DeleteAsync("Sub", CancellationToken.None).AsTask();
        while (Directory.Exists(Path.Combine(store.Inbox, ".Sub")))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        mayGoOn.Set();
        Assert.Equal(2, (await asked)!.Messages);
        Assert.Equal(MailboxOutcome.Done, await deletion);
        Assert.Equal("10C\n20 1\n", await File.ReadAllTextAsync(FileOf(store)));
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_store_that_closes_breaks_off_a_count_and_leaves_the_file_as_it_is()
    {
        HookedDisk? disk = null;
        await using var store = new StoreFixture(plain => disk = new HookedDisk(plain), quota: new MailQuota(Messages: 10));
        await store.DeliverAsync(Message);
        await File.WriteAllTextAsync(FileOf(store), "rubbish");
        using var isCounting = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        disk!.BeforeReading = (what, path) =>
        {
            if (what != "List" || path != Path.Join(store.Inbox, "new"))
                return;
            isCounting.Set();
            mayGoOn.Wait(Patience);
        };
        var asked = store.Store.HasRoomAsync(StoreFixture.Account, 1, CancellationToken.None).AsTask();
        Assert.True(isCounting.Wait(Patience));
        var closing = store.Store.DisposeAsync().AsTask();

        // It closes counts after the threads that commit; none may begin any more then.
        while (true)
        {
            try
            {
                await store.Store.HasRoomAsync(Jane, 1, CancellationToken.None);
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                break;
            }
        }

        Assert.False(closing.IsCompleted);
        mayGoOn.Set();
        await closing;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Equal("rubbish", await File.ReadAllTextAsync(FileOf(store)));
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task An_account_without_a_quota_costs_the_disk_one_look_a_second()
    {
        var clock = new StandingClock();
        var looks = 0;
        HookedDisk? disk = null;
        await using var store = new StoreFixture(plain => disk = new HookedDisk(plain), clock: clock);
        disk!.BeforeReading = (_, path) => looks += path == FileOf(store) ? 1 : 0;
        disk.Before = (_, path) => looks += path == FileOf(store) ? 1 : 0;
        for (var second = 1; second <= 2; second++)
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.True(await store.Store.HasRoomAsync(StoreFixture.Account, 1, CancellationToken.None));
                await store.DeliverAsync(Message);
                await store.AppendAsync(Message);
            }

            Assert.Equal(second, looks);
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task What_came_before_a_new_file_was_seen_is_counted()
    {
        var clock = new StandingClock();
        await using var store = new StoreFixture(clock: clock);
        await store.DeliverAsync(Message);
        await File.WriteAllTextAsync(FileOf(store), "3C\n20 1\n");
        await store.DeliverAsync(Message);
        Assert.Equal("3C\n20 1\n", await File.ReadAllTextAsync(FileOf(store)));
        clock.Advance(TimeSpan.FromSeconds(1));
        await store.DeliverAsync(Message);
        Assert.Equal("3C\n40 2\n20 1\n", await File.ReadAllTextAsync(FileOf(store)));
        Assert.Equal(StoreFault.OverQuota, (await Assert.ThrowsAsync<MailStoreException>(async () => await store.DeliverAsync(Message))).Fault);
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_limit_of_the_options_holds_for_every_message_whatever_the_disk_says()
    {
        await using var store = new StoreFixture(quota: new MailQuota(Messages: 2), clock: new StandingClock());
        for (var i = 0; i < 2; i++)
        {
            await store.DeliverAsync(Message);
            File.Delete(FileOf(store));
        }

        Assert.Equal(StoreFault.OverQuota, (await Assert.ThrowsAsync<MailStoreException>(async () => await store.DeliverAsync(Message))).Fault);
    }

    [Fact]
    [Trait("Windows", "can")]
    public void The_memory_of_accounts_without_a_quota_is_bounded_and_loses_no_change()
    {
        var clock = new StandingClock();
        var accounts = new UnlimitedAccounts(clock);
        for (var i = 0; i < 1024; i++)
            accounts.Add($"a{i}", clock.GetTimestamp(), static _ => true);
        Assert.True(accounts.TryNoteChange("a0"));
        Assert.True(accounts.TryNoteChange("a1"));
        accounts.Add("more", clock.GetTimestamp(), static _ => true);
        Assert.True(accounts.Knows("a1023"));
        Assert.False(accounts.Knows("more"));
        Assert.False(accounts.TryNoteChange("more"));

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(accounts.Knows("a1023"));
        Assert.False(accounts.TryNoteChange("a1023"));
        var lookedAt = new List<string>();
        accounts.Add("more", clock.GetTimestamp(), account =>
        {
            lookedAt.Add(account);
            return account == "a1";
        });
        Assert.Equal(["a0", "a1"], lookedAt);
        Assert.True(accounts.Knows("more"));
        Assert.True(accounts.HasChanged("a0"));
        Assert.False(accounts.HasChanged("a1"));

        // Seen without a file again, what changed before is of no interest any more.
        accounts.Add("a0", clock.GetTimestamp(), static _ => true);
        Assert.False(accounts.HasChanged("a0"));
    }

    private static string FileOf(StoreFixture store) => Path.Join(store.Inbox, "maildirsize");

    private static async Task DeliverToJaneAsync(StoreFixture store)
    {
        await using var delivery = store.Store.BeginDelivery();
        delivery.Write("Subject: x\r\n\r\n"u8);
        await delivery.CommitAsync([new DeliveryTarget(Jane)], CancellationToken.None);
    }
}
