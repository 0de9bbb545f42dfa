using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Index;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>INTERNALDATE, which is the time of a message's file.</summary>
public sealed class DateTests
{
    private const string Message = "Subject: a\r\n\r\n";

    private static readonly DateTimeOffset Date = new(2020, 2, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Before = new(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);

    [Fact]
    public async Task A_date_that_is_set_is_that_of_one_message_and_its_copies_keep_theirs()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("Copies", TestContext.Current.CancellationToken);
        await store.AppendAsync(Message, date: Before);
        await using var view = await store.OpenAsync();
        await view.CopyAsync(view.Messages, "Copies", TestContext.Current.CancellationToken);
        Assert.Single(await view.SetInternalDateAsync(view.Messages, Date, TestContext.Current.CancellationToken));
        Assert.Equal(Date, view.InternalDate(view.Messages[0]));
        await store.RestartAsync();
        await using var inbox = await store.OpenAsync();
        await using var copies = await store.OpenAsync("Copies");
        Assert.Equal((Date, Before), (inbox.InternalDate(inbox.Messages[0]), copies.InternalDate(copies.Messages[0])));
        await using var stream = await inbox.OpenMessageAsync(inbox.Messages[0], TestContext.Current.CancellationToken);
        Assert.Equal(Message, await new StreamReader(stream!).ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1u, inbox.Messages[0].Uid);
    }

    [Fact]
    public async Task A_date_is_set_where_another_program_moved_the_file_just_before()
    {
        await using var store = new StoreFixture();
        await store.AppendAsync(Message, flags: new MessageFlagSet(SystemFlags.Seen));
        await using var view = await store.OpenAsync();
        var file = Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Single();
        File.Move(file, file + "T");
        Assert.Single(await view.SetInternalDateAsync(view.Messages, Date, TestContext.Current.CancellationToken));
        Assert.Equal(Date.UtcDateTime, File.GetLastWriteTimeUtc(file + "T"));
    }

    [Fact]
    public async Task No_date_is_set_of_a_message_that_is_gone()
    {
        await using var store = new StoreFixture();
        await store.AppendAsync(Message, flags: new MessageFlagSet(SystemFlags.Seen));
        await using var view = await store.OpenAsync();
        File.Delete(Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Single());
        Assert.Empty(await view.SetInternalDateAsync(view.Messages, Date, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Inbox, "cur")));
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));
    }

    [Fact]
    public async Task A_server_that_runs_and_the_next_index_have_a_date_that_another_process_set()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere there is no index.");
        await using var store = new StoreFixture();
        await using (var first = await store.OpenAsync())
            Assert.Empty(first.Messages);
        for (var i = 0; i < 600; i++)
        {
            var file = Path.Combine(store.Inbox, "cur", FormattableString.Invariant($"{1700000000 + i}.M1P1.host,S=14,W=14:2,"));
            await File.WriteAllTextAsync(file, Message, TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(file, Before.UtcDateTime);
        }

        await using var server = await store.OpenAsync();
        await IndexedAsync(store, server);
        Assert.All(server.Messages, message => Assert.Equal(Before, server.InternalDate(message)));
        await using (var other = new MaildirStore(store.Root, new MaildirStoreOptions(), new LinuxDisk()))
        {
            var account = await other.OpenAccountAsync(StoreFixture.Account, TestContext.Current.CancellationToken);
            await using var view = (await account.OpenAsync(MailboxName.Inbox, readOnly: false, TestContext.Current.CancellationToken))!;
            Assert.Equal(2, (await view.SetInternalDateAsync([view.Messages[3], view.Messages[5]], Date, TestContext.Current.CancellationToken)).Count);
        }

        await server.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        Check(server);
        await server.StoreFlagsAsync([server.Messages[9]], FlagChange.Add, new MessageFlagSet(SystemFlags.Seen), TestContext.Current.CancellationToken);
        await IndexedAsync(store, server);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Check(again);

        static void Check(IMailbox view) =>
            Assert.Equal([3, 5], Enumerable.Range(0, view.Messages.Count).Where(i => view.InternalDate(view.Messages[i]) == Date));
    }

    [Fact]
    public async Task A_server_that_runs_has_a_date_that_another_process_set_in_a_small_folder()
    {
        await using var store = new StoreFixture();
        for (var i = 0; i < 3; i++)
            await store.AppendAsync(Message, flags: new MessageFlagSet(SystemFlags.Seen), date: Before);
        await using var server = await store.OpenAsync();
        Assert.All(server.Messages, message => Assert.Equal(Before, server.InternalDate(message)));
        await using (var other = new MaildirStore(store.Root, new MaildirStoreOptions(), StoreFixture.NewDisk()))
        {
            var account = await other.OpenAccountAsync(StoreFixture.Account, TestContext.Current.CancellationToken);
            await using var view = (await account.OpenAsync(MailboxName.Inbox, readOnly: false, TestContext.Current.CancellationToken))!;
            Assert.Single(await view.SetInternalDateAsync([view.Messages[1]], Date, TestContext.Current.CancellationToken));
        }

        await server.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        Assert.Equal([Before, Date, Before], server.Messages.Select(message => server.InternalDate(message)!.Value));
        await using var next = await store.OpenAsync();
        Assert.Equal([Before, Date, Before], next.Messages.Select(message => next.InternalDate(message)!.Value));
    }

    [Fact]
    public async Task An_index_that_is_written_while_dates_are_set_is_not_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere there is no index.");
        HookedDisk? hooked = null;
        await using var store = new StoreFixture(disk => hooked = new HookedDisk(disk));
        await store.AppendAsync(Message, date: Before);
        await using var view = await store.OpenAsync();
        var index = Path.Combine(store.Inbox, IndexFile.FileName);
        hooked!.Before = (operation, _) =>
        {
            if (operation == "SetModified")
                File.WriteAllText(index, "with the times of before");
        };
        Assert.Single(await view.SetInternalDateAsync(view.Messages, Date, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(index));
    }

    [Fact]
    public async Task A_date_that_the_file_system_cannot_keep_is_an_error_and_nothing_is_changed()
    {
        await using var store = new StoreFixture();
        await store.AppendAsync(Message, date: Before);
        await using var view = await store.OpenAsync();
        var never = new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);
        Assert.SkipWhen(Keeps(never.UtcDateTime), "This file system keeps every time.");
        var error = await Assert.ThrowsAsync<MailStoreException>(() => view.SetInternalDateAsync(view.Messages, never, TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("the time 9999-12-31 00:00:00 +00:00: its file system keeps no such time. Use one from 1901-12-14 to 2038-01-18.", error.Message, StringComparison.Ordinal);
        Assert.Equal(Before, view.InternalDate(view.Messages[0]));
        await Assert.ThrowsAsync<MailStoreException>(() => store.AppendAsync(Message, date: never).AsTask());
        await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        Assert.Single(view.Messages);
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));

        bool Keeps(DateTime time)
        {
            var path = Path.Combine(store.Root, "probe");
            File.WriteAllBytes(path, []);
            File.SetLastWriteTimeUtc(path, time);
            return File.GetLastWriteTimeUtc(path) == time;
        }
    }

    private static async Task IndexedAsync(StoreFixture store, IMailbox view)
    {
        while (!File.Exists(Path.Combine(store.Inbox, IndexFile.FileName)))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        }
    }
}
