using System.Globalization;
using System.Text;
using MailOps.Maildir;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Reading_goes_on_while_another_program_keeps_the_lock_of_the_list()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program that keeps the lock is Linux's first.");
        await using var store = new StoreFixture();
        await store.AppendAsync("Subject: a\r\n\r\n", flags: new MessageFlagSet(SystemFlags.Seen));
        await store.AppendAsync("Subject: b\r\n\r\n", flags: new MessageFlagSet(SystemFlags.Seen));
        await using var view = await store.OpenAsync();
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "dovecot-uidlist.lock"), $"1:{System.Net.Dns.GetHostName()}", TestContext.Current.CancellationToken);
        File.Delete(Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Order(StringComparer.Ordinal).First());

        // Who needs the lock waits for 150 seconds.
        var changes = await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal([1], changes.Expunged);
        await using var again = await store.OpenAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(2u, Assert.Single(again.Messages).Uid);
    }

    [Fact]
    public async Task New_mail_is_shown_when_the_lock_is_free_and_keeps_nobody_from_what_is_there_before()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program that keeps the lock is Linux's first.");
        await using var store = new StoreFixture();
        await store.AppendAsync("Subject: a\r\n\r\n", flags: new MessageFlagSet(SystemFlags.Seen));
        await using var view = await store.OpenAsync();
        var locked = Path.Combine(store.Inbox, "dovecot-uidlist.lock");
        await File.WriteAllTextAsync(locked, $"1:{System.Net.Dns.GetHostName()}", TestContext.Current.CancellationToken);
        await store.DeliverAsync("Subject: b\r\n\r\n");

        // Who needs the lock waits for 150 seconds.
        for (var i = 0; i < 5; i++)
        {
            var changes = await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            Assert.Equal(0, changes.Appended);
            Assert.Empty(changes.Expunged);
        }

        await store.RestartAsync();
        await using var first = await store.OpenAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal([1u], first.Messages.Select(message => message.Uid));
        File.Delete(locked);
        while (first.Messages.Count == 1)
        {
            await first.WaitForChangeAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            await first.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        }

        Assert.Equal([1u, 2u], first.Messages.Select(message => message.Uid));
        Assert.Equal("Subject: b\r\n\r\n", await StoreFixture.ReadAsync(first, first.Messages[1]));
    }

    [Fact]
    public async Task Twenty_writers_and_their_readers_lose_nothing_and_see_UIDs_rise()
    {
        const int Writers = 20;
        const int PerWriter = 15;
        await using var store = new StoreFixture();
        await store.AccountAsync();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < PerWriter; i++)
            {
                if (i % 3 == 0)
                    await store.AppendAsync($"Subject: {writer}-{i}\r\n\r\n", flags: new MessageFlagSet(SystemFlags.Seen));
                else
                    await store.DeliverAsync($"Subject: {writer}-{i}\r\n\r\n");
            }
        })));
        var reading = Enumerable.Range(0, 4).Select(reader => Task.Run(async () =>
        {
            await using var inbox = await store.OpenAsync(readOnly: reader % 2 == 0);
            while (true)
            {
                var isLast = writing.IsCompleted;
                var before = inbox.Messages;
                var changes = await inbox.RefreshAsync(expunges: true, CancellationToken.None);
                Assert.Equal(before.Count + changes.Appended, inbox.Messages.Count);
                Assert.Equal(before.Select(message => message.Uid), inbox.Messages.Take(before.Count).Select(message => message.Uid));
                for (var i = Math.Max(1, before.Count); i < inbox.Messages.Count; i++)
                    Assert.True(inbox.Messages[i].Uid > inbox.Messages[i - 1].Uid);
                if (inbox.Messages.Count > 0)
                    Assert.NotNull(await StoreFixture.ReadAsync(inbox, inbox.Messages[^1]));
                if (isLast)
                    return inbox.Messages.Select(message => (message.Uid, message.FileName)).ToList();
                await Task.Yield();
            }
        })).ToArray();
        await writing;
        var views = await Task.WhenAll(reading);
        Assert.Equal(Writers * PerWriter, views[0].Count);
        Assert.All(views, view => Assert.Equal(views[0], view));
        Assert.Equal(Writers * PerWriter, views[0].Select(message => message.FileName).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Two_processes_number_one_folder_alike()
    {
        await using var store = new StoreFixture();
        await using var second = new MaildirStore(store.Root);
        var first = await store.AccountAsync();
        var other = await second.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        await Task.WhenAll(new[] { (first, store.Store), (other, second) }.Select(pair => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await using var delivery = pair.Item2.BeginDelivery();
                delivery.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Subject: {i}\r\n\r\n")));
                if (i % 2 == 0)
                    await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], CancellationToken.None);
                else
                    Assert.NotNull(await pair.Item1.AppendAsync("INBOX", delivery, MessageFlagSet.None, null, CancellationToken.None));
                await pair.Item1.StatusAsync("INBOX", CancellationToken.None);
            }
        })));
        await Task.Delay(50);
        await using var one = await first.OpenAsync("INBOX", readOnly: true, CancellationToken.None);
        await using var two = await other.OpenAsync("INBOX", readOnly: true, CancellationToken.None);
        Assert.Equal(40, one!.Messages.Count);
        Assert.Equal(one.Messages.Select(message => (message.Uid, message.FileName)), two!.Messages.Select(message => (message.Uid, message.FileName)));
        Assert.Equal(one.UidValidity, two.UidValidity);
    }

    [Fact]
    public async Task A_store_that_is_open_by_two_paths_at_once_gives_every_message_a_UID_of_its_own()
    {
        const int Writers = 6;
        const int PerWriter = 50;
        await using var store = new StoreFixture();
        using var folder = new PrivateFolder();
        var link = Directory.CreateSymbolicLink(folder.Of("link"), store.Root).FullName;
        await using var second = new MaildirStore(link, new MaildirStoreOptions(), StoreFixture.NewDisk());
        var appended = await Task.WhenAll(Enumerable.Range(0, 2 * Writers).Select(writer => Task.Run(async () =>
        {
            var mine = writer % 2 == 0 ? store.Store : second;
            var account = await mine.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
            var uids = new List<uint>();
            for (var i = 0; i < PerWriter; i++)
            {
                await using var delivery = mine.BeginDelivery();
                delivery.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Subject: {writer}-{i}\r\n\r\n")));
                uids.Add((await account.AppendAsync("INBOX", delivery, MessageFlagSet.None, null, CancellationToken.None))!.Value.Uid);
            }

            return uids;
        })));
        var given = appended.SelectMany(uids => uids).Order().ToList();
        Assert.Equal(2 * Writers * PerWriter, given.Distinct().Count());
        foreach (var one in new[] { store.Store, second })
        {
            var account = await one.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
            await using var inbox = await account.OpenAsync("INBOX", readOnly: true, CancellationToken.None);
            Assert.Equal(given, inbox!.Messages.Select(message => message.Uid));
        }
    }

    [Fact]
    public async Task A_lock_left_by_a_dead_process_is_broken()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "dovecot-uidlist.lock"), string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}:{Environment.MachineName}"));
        await using var inbox = await store.OpenAsync();
        Assert.Single(inbox.Messages);
        Assert.False(File.Exists(Path.Combine(store.Inbox, "dovecot-uidlist.lock")));
    }

    [Fact]
    public async Task A_delivery_that_is_cancelled_before_it_is_visible_is_withdrawn()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        await store.AccountAsync();
        using var syncing = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        disk.Before = (operation, _) =>
        {
            if (operation != "Sync")
                return;
            syncing.Set();
            goOn.Wait();
        };
        var first = store.DeliverAsync("Subject: 1\r\n\r\n").AsTask();
        await Task.Run(syncing.Wait);

        using var cancel = new CancellationTokenSource();
        await using var delivery = store.Store.BeginDelivery();
        delivery.Write("Subject: 2\r\n\r\n"u8);
        var second = delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        goOn.Set();
        await first;
        Assert.Single(Directory.GetFiles(Path.Combine(store.Inbox, "new")));
    }

    [Fact]
    public async Task A_sync_that_fails_delivers_nothing()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        await store.AccountAsync();
        disk.Before = (operation, path) =>
        {
            if (operation == "Sync")
                throw new MailStoreException(StoreFault.Broken, $"Cannot sync {path}");
        };
        await Assert.ThrowsAsync<MailStoreException>(async () => await store.DeliverAsync("Subject: 1\r\n\r\n"));
        disk.Before = static (_, _) => { };
        Assert.Empty(Directory.GetFiles(store.Root, "*S=*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task After_a_sync_that_failed_the_list_is_written_anew_before_UIDs_are_told()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        var fails = true;
        var lists = 0;
        disk.Before = (operation, path) =>
        {
            if (operation == "Sync" && fails)
                throw new MailStoreException(StoreFault.Broken, $"Cannot sync {path}");
            if (operation == "Rename" && path.EndsWith("dovecot-uidlist", StringComparison.Ordinal))
                lists++;
        };
        await Assert.ThrowsAsync<MailStoreException>(async () => await store.OpenAsync());
        fails = false;
        lists = 0;
        await using (var inbox = await store.OpenAsync())
            Assert.Single(inbox.Messages);
        Assert.Equal(1, lists);

        // The next number goes to the list that was written anew; the one after is appended to it.
        await store.AppendAsync("Subject: 2\r\n\r\n");
        Assert.Equal(1, lists);
    }
}
