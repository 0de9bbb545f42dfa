using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class StoreTests
{
    private const string Message = "Subject: one\r\n\r\nHello\r\n";

    private static readonly MessageFlagSet Deleted = new(SystemFlags.Deleted);

    [Fact]
    public async Task A_delivered_message_is_read_back_octet_by_octet()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync(Message);

        await using var inbox = await store.OpenAsync();
        var message = Assert.Single(inbox.Messages);
        Assert.Equal(1u, message.Uid);
        Assert.Equal(Message.Length, message.Size);
        Assert.True(message.Recent);
        Assert.Equal(Message, await StoreFixture.ReadAsync(inbox, message));
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));
        Assert.Matches(@"^\d+\.M\d{6}P\d+Q\d+\.[^,]+,S=23,W=23$", message.FileName);
    }

    [Fact]
    public async Task A_message_larger_than_memory_goes_through_a_file()
    {
        await using var store = new StoreFixture();
        var text = string.Concat(Enumerable.Repeat("0123456789 0123456789 0123456789\r\n", 40_000));
        await store.DeliverAsync(text);
        await using var inbox = await store.OpenAsync();
        Assert.Equal(text, await StoreFixture.ReadAsync(inbox, inbox.Messages[0]));
    }

    [Fact]
    public async Task A_delivery_that_is_not_committed_leaves_nothing()
    {
        await using var store = new StoreFixture();
        await using (var delivery = store.Store.BeginDelivery())
            delivery.Write(new byte[1_000_000]);
        Assert.Empty(Directory.GetFiles(store.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task One_body_reaches_several_mailboxes()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Copies", CancellationToken.None));
        await store.DeliverAsync(Message, "INBOX", "Copies", "INBOX");
        foreach (var name in new[] { "INBOX", "Copies" })
        {
            await using var mailbox = await store.OpenAsync(name);
            Assert.Equal(Message, await StoreFixture.ReadAsync(mailbox, Assert.Single(mailbox.Messages)));
        }
    }

    [Fact]
    public async Task An_expunged_message_stays_in_another_view_until_it_is_told()
    {
        await using var store = new StoreFixture();
        for (var i = 1; i <= 3; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();

        await one.StoreFlagsAsync([one.Messages[1]], FlagChange.Add, Deleted, CancellationToken.None);
        await one.ExpungeAsync(null, CancellationToken.None);
        Assert.Equal(3, one.Messages.Count);
        Assert.Equal([2], (await one.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
        Assert.Equal([1u, 3u], one.Messages.Select(message => message.Uid));

        Assert.Equal(3, other.Messages.Count);
        Assert.Empty((await other.RefreshAsync(expunges: false, CancellationToken.None)).Expunged);
        Assert.Equal(3, other.Messages.Count);
        Assert.Equal("Subject: 2\r\n\r\n", await StoreFixture.ReadAsync(other, other.Messages[1]));
        Assert.NotNull(other.InternalDate(other.Messages[1]));
        Assert.Single(Directory.GetFiles(Path.Combine(store.Root, "tmp")));

        Assert.Equal([2], (await other.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));
    }

    [Fact]
    public async Task Flags_of_one_session_reach_the_other()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync(Message);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var (stored, _) = await one.StoreFlagsAsync(one.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Seen, ["$Label1"]), CancellationToken.None);
        Assert.Equal(["$Label1"], Assert.Single(stored).Flags.Keywords);
        Assert.Equal(SystemFlags.Seen, one.Messages[0].Flags.System);
        Assert.True((await one.RefreshAsync(expunges: true, CancellationToken.None)).IsEmpty);

        Assert.Equal(SystemFlags.None, other.Messages[0].Flags.System);
        Assert.Equal([1], (await other.RefreshAsync(expunges: false, CancellationToken.None)).FlagsChanged);
        Assert.Equal(["$Label1"], other.Messages[0].Flags.Keywords);
        Assert.Equal(["$Label1"], other.Keywords);
    }

    [Fact]
    public async Task Recent_belongs_to_one_session_and_EXAMINE_takes_it_from_none()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync(Message);
        await using var examined = await store.OpenAsync(readOnly: true);
        Assert.True(examined.Messages[0].Recent);
        await using var first = await store.OpenAsync();
        Assert.True(first.Messages[0].Recent);
        await using var second = await store.OpenAsync();
        Assert.False(second.Messages[0].Recent);
        var account = await store.AccountAsync();
        Assert.Equal(0, (await account.StatusAsync("inbox", CancellationToken.None))!.Recent);
    }

    [Fact]
    public async Task Copy_and_move_tell_the_new_UIDs()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("Ärchiv/2026", CancellationToken.None);
        for (var i = 1; i <= 3; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        await using var inbox = await store.OpenAsync();
        await inbox.StoreFlagsAsync([inbox.Messages[0]], FlagChange.Replace, new MessageFlagSet(SystemFlags.Flagged, ["work"]), CancellationToken.None);

        var copied = await inbox.CopyAsync([inbox.Messages[0], inbox.Messages[2]], "Ärchiv/2026", CancellationToken.None);
        Assert.Equal([1u, 3u], copied!.SourceUids);
        Assert.Equal([1u, 2u], copied.TargetUids);
        var moved = await inbox.MoveAsync([inbox.Messages[1]], "Ärchiv/2026", CancellationToken.None);
        Assert.Equal([3u], moved!.TargetUids);
        Assert.Equal([2], (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
        Assert.Null(await inbox.CopyAsync(inbox.Messages, "Nowhere", CancellationToken.None));

        await using var archive = await store.OpenAsync("Ärchiv/2026");
        Assert.Equal(copied.UidValidity, archive.UidValidity);
        Assert.Equal([1u, 2u, 3u], archive.Messages.Select(message => message.Uid));
        Assert.Equal(new MessageFlagSet(SystemFlags.Flagged, ["work"]), archive.Messages[0].Flags);
        Assert.Equal("Subject: 2\r\n\r\n", await StoreFixture.ReadAsync(archive, archive.Messages[2]));
    }

    [Fact]
    public async Task A_message_that_another_session_moved_can_be_read_until_this_one_is_told()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("Box", CancellationToken.None);
        await store.DeliverAsync(Message);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        Assert.Equal([1u], (await one.MoveAsync(one.Messages, "Box", CancellationToken.None))!.TargetUids);
        Assert.Equal([1], (await one.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
        Assert.Equal(Message, await StoreFixture.ReadAsync(other, other.Messages[0]));
        Assert.Equal([1], (await other.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));

        // Back again it is another message: its old UID was expunged.
        await using var box = await store.OpenAsync("Box");
        Assert.Equal([2u], (await box.MoveAsync(box.Messages, "INBOX", CancellationToken.None))!.TargetUids);
    }

    [Fact]
    public async Task Append_keeps_flags_and_date_and_tells_the_UID()
    {
        await using var store = new StoreFixture();
        var date = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        await store.DeliverAsync(Message);
        await store.AppendAsync(Message);
        var appended = await store.AppendAsync(Message, flags: new MessageFlagSet(SystemFlags.Seen, ["x"]), date: date);
        await using var inbox = await store.OpenAsync();
        Assert.Equal(inbox.UidValidity, appended!.Value.UidValidity);
        Assert.Equal(3u, appended.Value.Uid);
        var message = inbox.Messages[2];
        Assert.Equal(3u, message.Uid);
        Assert.True(message.Recent);
        Assert.Equal(new MessageFlagSet(SystemFlags.Seen, ["x"]), message.Flags);
        Assert.Equal(date, inbox.InternalDate(message));
        Assert.Null(await store.AppendAsync(Message, "Nowhere"));
    }

    [Fact]
    public async Task UIDs_survive_a_restart_and_are_never_given_again()
    {
        await using var store = new StoreFixture();
        for (var i = 1; i <= 3; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        uint validity;
        await using (var inbox = await store.OpenAsync())
        {
            validity = inbox.UidValidity;
            await inbox.RemoveAsync([inbox.Messages[2]], CancellationToken.None);
        }

        await store.RestartAsync();
        await store.DeliverAsync("Subject: 4\r\n\r\n");
        await using var again = await store.OpenAsync();
        Assert.Equal(validity, again.UidValidity);
        Assert.Equal([1u, 2u, 4u], again.Messages.Select(message => message.Uid));
        Assert.Equal(5u, again.UidNext);
        Assert.Equal("Subject: 4\r\n\r\n", await StoreFixture.ReadAsync(again, again.Messages[2]));
    }

    [Fact]
    public async Task A_mailbox_made_again_has_another_UIDVALIDITY()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        var seen = new HashSet<uint>();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Box", CancellationToken.None));
            Assert.Equal(MailboxOutcome.AlreadyExists, await account.CreateAsync("Box", CancellationToken.None));
            Assert.True(seen.Add((await account.StatusAsync("Box", CancellationToken.None))!.UidValidity));
            Assert.Equal(MailboxOutcome.Done, await account.DeleteAsync("Box", CancellationToken.None));
            Assert.Equal(MailboxOutcome.NonExistent, await account.DeleteAsync("Box", CancellationToken.None));
            if (i == 2)
            {
                await store.RestartAsync();
                account = await store.AccountAsync();
            }
        }
    }

    [Fact]
    public async Task A_deleted_mailbox_stays_readable_to_a_view_that_has_it_open()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("Box", CancellationToken.None);
        await store.DeliverAsync(Message, "Box");
        await using (var box = await store.OpenAsync("Box"))
        {
            await account.DeleteAsync("Box", CancellationToken.None);
            Assert.Equal(Message, await StoreFixture.ReadAsync(box, box.Messages[0]));
            Assert.Equal([1], (await box.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
            Assert.Empty((await box.StoreFlagsAsync(box.Messages, FlagChange.Add, Deleted, CancellationToken.None)).Stored);

            // There will be no news: who waits for it must not be woken over and over.
            using var cancel = new CancellationTokenSource();
            var wait = box.WaitForChangeAsync(cancel.Token);
            Assert.False(wait.IsCompleted);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(store.Root, "tmp")));
    }

    [Fact]
    public async Task A_mailbox_whose_directory_disappears_is_lost_and_not_emptied()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("Box", CancellationToken.None);
        await store.DeliverAsync(Message, "Box");
        await using var box = await store.OpenAsync("Box");
        Directory.Move(Path.Combine(store.Inbox, ".Box"), Path.Combine(store.Root, "away"));

        var changes = await box.RefreshAsync(expunges: true, CancellationToken.None);
        Assert.True(changes.IsLost);
        Assert.False(changes.IsEmpty);
        Assert.Empty(changes.Expunged);
        Assert.Single(box.Messages);
    }

    [Fact]
    public async Task A_wait_ends_with_a_delivery_and_with_a_change_by_another_program()
    {
        await using var store = new StoreFixture();
        await using var inbox = await store.OpenAsync();
        var wait = inbox.WaitForChangeAsync(CancellationToken.None);
        await store.DeliverAsync(Message);
        await wait;
        Assert.Equal(1, (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).Appended);

        while (!(await Task.WhenAny(inbox.WaitForChangeAsync(CancellationToken.None), Task.Delay(1500))).IsFaulted
            && (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).IsEmpty
            && File.Exists(Path.Combine(store.Inbox, "cur", inbox.Messages[0].FileName + ":2,")))
        {
            File.Move(Path.Combine(store.Inbox, "cur", inbox.Messages[0].FileName + ":2,"), Path.Combine(store.Inbox, "cur", inbox.Messages[0].FileName + ":2,S"));
        }

        Assert.Equal(SystemFlags.Seen, inbox.Messages[0].Flags.System);
    }
}
