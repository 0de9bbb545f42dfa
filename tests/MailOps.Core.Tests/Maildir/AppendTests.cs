using System.Globalization;
using System.Text;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class AppendTests
{
    private const string Inbox = MailboxName.Inbox;

    [Fact]
    public async Task Several_messages_come_with_UIDs_that_follow_one_another_whatever_else_comes()
    {
        await using var store = new StoreFixture();
        await using var other = new MaildirStore(store.Root);
        var account = await store.AccountAsync();
        using var end = new CancellationTokenSource();
        var delivering = Task.Run(async () =>
        {
            var there = await other.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
            while (!end.IsCancellationRequested)
            {
                await using var delivery = other.BeginDelivery();
                delivery.Write("Subject: from elsewhere\r\n\r\n"u8);
                await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], CancellationToken.None);
                await there.StatusAsync(Inbox, CancellationToken.None);
            }
        });
        var date = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
        for (var round = 0; round < 10; round++)
        {
            var appended = await AppendAsync(store, account, 5, date);
            Assert.Equal(Enumerable.Range((int)appended[0].Uid, 5), appended.Select(message => (int)message.Uid));
            Assert.Single(appended.Select(message => message.UidValidity).Distinct());
        }

        await end.CancelAsync();
        await delivering;
        await using var inbox = await store.OpenAsync();
        var ours = inbox.Messages.Where(message => message.Flags.System == SystemFlags.Seen).ToList();
        Assert.Equal(50, ours.Count);
        Assert.Equal(date, inbox.InternalDate(ours[^1]));
        Assert.Equal("Subject: 4\r\n\r\n", await StoreFixture.ReadAsync(inbox, ours[^1]));
    }

    [Fact]
    public async Task Of_several_messages_all_come_or_none_at_whichever_step_the_disk_fails()
    {
        for (var failing = 1; ; failing++)
        {
            Assert.True(failing < 100, "The work never succeeds.");
            HookedDisk disk = null!;
            await using var store = new StoreFixture(real => disk = new HookedDisk(real));
            var account = await store.AccountAsync();
            await store.DeliverAsync("Subject: before\r\n\r\n");
            await account.StatusAsync(Inbox, CancellationToken.None);
            var step = 0;
            disk.Before = (operation, path) =>
            {
                if (operation is not ("Unlink" or "DeleteTree") && Interlocked.Increment(ref step) == failing)
                    throw new MailStoreException(StoreFault.Full, $"No space for {operation} {path}");
            };
            try
            {
                await AppendAsync(store, account, 3, date: null);
                disk.Before = static (_, _) => { };
                Assert.True(failing > 6, "No step failed.");
                Assert.Equal(4, (await account.StatusAsync(Inbox, CancellationToken.None))!.Messages);
                return;
            }
            catch (MailStoreException)
            {
                disk.Before = static (_, _) => { };
                Assert.Equal(1, (await account.StatusAsync(Inbox, CancellationToken.None))!.Messages);
                Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));
                Assert.Equal(3, (await AppendAsync(store, account, 3, date: null)).Count);
            }
        }
    }

    [Fact]
    public async Task For_a_mailbox_that_is_not_there_nothing_is_written()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        var account = await store.AccountAsync();
        disk.Before = (operation, path) => Assert.Fail($"{operation} {path}");
        await using var delivery = store.Store.BeginDelivery();
        delivery.Write("Subject: 1\r\n\r\n"u8);
        Assert.Null(await account.AppendAsync("Nowhere", [new MessageToAppend(delivery, MessageFlagSet.None, null)], CancellationToken.None));
        Assert.Empty((await account.AppendAsync(Inbox, [], CancellationToken.None))!);
        disk.Before = static (_, _) => { };
    }

    [Fact]
    public async Task A_large_message_is_written_before_the_folder_is_entered_and_not_on_a_thread_of_the_pool()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        var account = await store.AccountAsync();
        await using var inbox = await store.OpenAsync();
        var scratch = Path.Combine(store.Root, "tmp");
        var writes = 0;
        using var writing = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        disk.Before = (operation, path) =>
        {
            if (operation is not ("Create" or "Append") || !path.StartsWith(scratch, StringComparison.Ordinal))
                return;
            Assert.False(Thread.CurrentThread.IsThreadPoolThread);
            writes++;
            writing.Release();
            goOn.Wait();
        };
        var text = new StringBuilder("Subject: large\r\n\r\n");
        while (text.Length < 1_000_000)
            text.Append(CultureInfo.InvariantCulture, $"line {text.Length}\r\n");
        await using var delivery = store.Store.BeginDelivery();
        var octets = Encoding.ASCII.GetBytes(text.ToString());
        var appending = Task.Run(async () =>
        {
            for (var at = 0; at < octets.Length; at += 10_000)
            {
                delivery.Write(octets.AsSpan(at, Math.Min(10_000, octets.Length - at)));
                await delivery.DrainAsync();
            }

            return await account.AppendAsync(Inbox, delivery, MessageFlagSet.None, null, CancellationToken.None);
        });

        // While its octets wait for the disk, the folder is free.
        await writing.WaitAsync();
        await inbox.RefreshAsync(expunges: true, CancellationToken.None);
        Assert.NotNull(await account.StatusAsync(Inbox, CancellationToken.None));
        goOn.Set();
        Assert.NotNull(await appending);
        Assert.InRange(writes, 4, 7);
        await inbox.RefreshAsync(expunges: true, CancellationToken.None);
        Assert.Equal(text.ToString(), await StoreFixture.ReadAsync(inbox, inbox.Messages[0]));
    }

    private static async Task<IReadOnlyList<AppendedMessage>> AppendAsync(StoreFixture store, IMailAccount account, int count, DateTimeOffset? date)
    {
        var deliveries = Enumerable.Range(0, count).Select(number =>
        {
            var delivery = store.Store.BeginDelivery();
            delivery.Write(Encoding.ASCII.GetBytes($"Subject: {number}\r\n\r\n"));
            return delivery;
        }).ToList();
        try
        {
            return (await account.AppendAsync(
                Inbox,
                [.. deliveries.Select(delivery => new MessageToAppend(delivery, new MessageFlagSet(SystemFlags.Seen), date))],
                CancellationToken.None))!;
        }
        finally
        {
            foreach (var delivery in deliveries)
                await delivery.DisposeAsync();
        }
    }
}
