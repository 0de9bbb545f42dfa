using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Mod-sequences and expunged UIDs: what a client that comes back is told (RFC 7162).</summary>
public sealed class ChangeLogTests
{
    private static readonly MessageFlagSet Seen = new(SystemFlags.Seen);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string LogOf(StoreFixture store) => Path.Combine(store.Inbox, ChangeLog.FileName);

    [Fact]
    public void The_last_word_on_each_UID_is_that_of_the_highest_mod_sequence()
    {
        var record = Gen.Select(Gen.ULong[1, 9], Gen.UInt[1, 40], Gen.UInt[0, 15], Gen.UInt[0, 3], Gen.Bool)
            .Select((modSeq, first, more, letters, isExpunge) => new ChangeRecord(modSeq, first, first + more, new MessageLetters(isExpunge ? 0 : letters), isExpunge));
        record.List[0, 30].Sample(records =>
        {
            var expected = new SortedDictionary<uint, ChangeRecord>();
            foreach (var one in records.Select((value, order) => (value, order)).OrderBy(pair => pair.value.ModSeq).ThenBy(pair => pair.order).Select(pair => pair.value))
            {
                for (var uid = one.First; uid <= one.Last; uid++)
                    expected[uid] = one with { First = uid, Last = uid };
            }

            var segments = ChangeSegments.Resolve(records);
            var last = 0u;
            foreach (var segment in segments)
            {
                Assert.True(segment.First > last && segment.Last >= segment.First);
                last = segment.Last;
            }

            var found = segments.SelectMany(segment => Enumerable.Range((int)segment.First, (int)(segment.Last - segment.First + 1)).Select(uid => segment with { First = (uint)uid, Last = (uint)uid }));
            Assert.Equal(expected.Values, found);
        });
    }

    [Fact]
    public void A_range_may_end_with_the_last_UID_there_is() =>
        Assert.Equal([new ChangeRecord(1, 5, uint.MaxValue, default, IsExpunge: true)], ChangeSegments.Resolve([new ChangeRecord(1, 5, uint.MaxValue, default, IsExpunge: true)]));

    [Fact]
    public async Task Each_change_has_a_higher_mod_sequence_than_the_one_before()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await store.DeliverAsync("Subject: 2\r\n\r\n");
        await using var view = await store.OpenAsync();
        var first = view.HighestModSeq;
        Assert.All(view.Messages, message => Assert.InRange(message.ModSeq, 1ul, first));
        var (stored, _) = await view.StoreFlagsAsync([view.Messages[0]], FlagChange.Add, Seen, Cancel);
        Assert.Equal(first + 1, stored[0].ModSeq);
        Assert.Equal(first + 1, view.HighestModSeq);
        await view.StoreFlagsAsync([view.Messages[1]], FlagChange.Add, new MessageFlagSet(SystemFlags.Deleted), Cancel);
        await view.ExpungeAsync(null, Cancel);
        await view.RefreshAsync(expunges: true, Cancel);
        Assert.Equal(first + 3, view.HighestModSeq);
        Assert.Equal([new UidRange(2, 2)], await view.ExpungedSinceAsync(first, Cancel));
        Assert.Empty((await view.ExpungedSinceAsync(view.HighestModSeq, Cancel))!);
    }

    [Fact]
    public async Task A_message_that_changed_since_is_left_alone_RFC7162_3_1_3()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await store.DeliverAsync("Subject: 2\r\n\r\n");
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var before = one.HighestModSeq;
        await other.StoreFlagsAsync([other.Messages[0]], FlagChange.Add, new MessageFlagSet(SystemFlags.Flagged), Cancel);
        var (stored, modified) = await one.StoreFlagsAsync(one.Messages, FlagChange.Replace, Seen, before, Cancel);
        Assert.Equal([2u], stored.Select(message => message.Uid));
        Assert.Equal([1u], modified.Select(message => message.Uid));
        await one.RefreshAsync(expunges: true, Cancel);
        Assert.Equal([SystemFlags.Flagged, SystemFlags.Seen], one.Messages.Select(message => message.Flags.System));
    }

    [Fact]
    public async Task A_view_that_was_not_told_of_an_expunge_stays_below_it()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await store.DeliverAsync("Subject: 2\r\n\r\n");
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        await other.RemoveAsync([other.Messages[0]], Cancel);
        await other.StoreFlagsAsync([other.Messages[1]], FlagChange.Add, Seen, Cancel);
        await other.RefreshAsync(expunges: true, Cancel);
        await one.RefreshAsync(expunges: false, Cancel);
        Assert.Equal(2, one.Messages.Count);
        Assert.Equal([new UidRange(1, 1)], await other.ExpungedSinceAsync(one.HighestModSeq, Cancel));
        await one.RefreshAsync(expunges: true, Cancel);
        Assert.True(one.HighestModSeq > one.Messages[0].ModSeq - 1);
        Assert.Empty((await one.ExpungedSinceAsync(one.HighestModSeq, Cancel))!);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("record")]
    [InlineData("truncate")]
    [InlineData("flip")]
    public async Task A_lost_log_begins_above_all_that_was_told_and_says_that_it_does_not_know(string damage)
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await store.DeliverAsync("Subject: 2\r\n\r\n");
        ulong highest;
        await using (var view = await store.OpenAsync())
        {
            await view.RemoveAsync([view.Messages[0]], Cancel);
            await view.RefreshAsync(expunges: true, Cancel);
            highest = view.HighestModSeq;
        }

        await store.Store.DisposeAsync();
        var octets = await File.ReadAllBytesAsync(LogOf(store), Cancel);
        octets[^5] ^= 1;
        if (damage == "delete")
            File.Delete(LogOf(store));
        else
            await File.WriteAllBytesAsync(LogOf(store), damage switch { "flip" => octets, "record" => octets[..^ChangeRecord.Length], _ => octets[..^3] }, Cancel);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.True(again.HighestModSeq > highest);
        Assert.All(again.Messages, message => Assert.True(message.ModSeq > highest));
        Assert.Null(await again.ExpungedSinceAsync(highest, Cancel));
    }

    [Fact]
    public async Task Many_changes_make_no_endless_log()
    {
        await using var store = new StoreFixture();
        for (var i = 0; i < 3; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        await using var view = await store.OpenAsync();
        await view.RemoveAsync([view.Messages[1]], Cancel);
        await view.RefreshAsync(expunges: true, Cancel);
        for (var i = 0; i < 600; i++)
            await view.StoreFlagsAsync([view.Messages[0]], i % 2 == 0 ? FlagChange.Add : FlagChange.Remove, Seen, Cancel);
        Assert.InRange(new FileInfo(LogOf(store)).Length, 1, 500 * ChangeRecord.Length);
        var highest = view.HighestModSeq;
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal(highest, again.HighestModSeq);
        Assert.Equal(highest, again.Messages[0].ModSeq);
        Assert.True(again.Messages[1].ModSeq < highest);
        Assert.Equal([new UidRange(2, 2)], await again.ExpungedSinceAsync(1, Cancel));
    }

    [Fact]
    public async Task Of_very_many_expunges_the_oldest_are_forgotten_and_who_asks_from_before_them_is_told_so_RFC7162_5_3()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        uint validity;
        ulong before;
        await using (var view = await store.OpenAsync())
            (validity, before) = (view.UidValidity, view.HighestModSeq);
        await store.Store.DisposeAsync();

        // Every second of the UIDs from 3 on, each at a mod-sequence of its own.
        const int expunges = 50_001;
        var log = new ChangeLog(StoreFixture.NewDisk(), () => LogOf(store));
        var records = log.Read(validity)!;
        for (var i = 0u; i < expunges; i++)
            records.Add(new ChangeRecord(before + 1 + i, 3 + (2 * i), 3 + (2 * i), default, IsExpunge: true));
        log.Rewrite(validity, log.Floor, before + expunges, records);
        Assert.True(log.Compact());

        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal(before + expunges, again.HighestModSeq);
        Assert.Null(await again.ExpungedSinceAsync(before, Cancel));
        Assert.Null(await again.ExpungedSinceAsync(before + expunges - 25_000 - 1, Cancel));
        Assert.Equal(24_999, (await again.ExpungedSinceAsync(before + expunges - 25_000 + 1, Cancel))!.Count);
        Assert.Equal([new UidRange(1 + (2 * expunges), 1 + (2 * expunges))], await again.ExpungedSinceAsync(before + expunges - 1, Cancel));
    }

    [Fact]
    public async Task Two_processes_tell_the_same_mod_sequences()
    {
        await using var store = new StoreFixture();
        for (var i = 0; i < 4; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        await using var other = new MaildirStore(store.Root);
        var account = await other.OpenAccountAsync(StoreFixture.Account, Cancel);
        await using var here = await store.OpenAsync();
        await using var there = (await account.OpenAsync(MailboxName.Inbox, readOnly: false, Cancel))!;
        var random = new Random(5);
        for (var turn = 0; turn < 60; turn++)
        {
            var view = turn % 2 == 0 ? here : there;
            var message = view.Messages[random.Next(view.Messages.Count)];
            switch (random.Next(4))
            {
                case 0 when view.Messages.Count > 2:
                    await view.RemoveAsync([message], Cancel);
                    break;
                case 1:
                    await store.AppendAsync($"Subject: turn {turn}\r\n\r\n", flags: Seen);
                    break;
                default:
                    await view.StoreFlagsAsync([message], FlagChange.Replace, new MessageFlagSet((SystemFlags)random.Next(32), random.Next(3) == 0 ? ["work"] : []), Cancel);
                    break;
            }

            foreach (var one in (IMailbox[])[here, there, here])
                await one.RefreshAsync(expunges: true, Cancel);
            Assert.Equal(Tell(here), Tell(there));
        }

        static List<string> Tell(IMailbox view) =>
            [$"{view.HighestModSeq}", .. view.Messages.Select(message => $"{message.Uid} {message.ModSeq} {message.Flags.System} {string.Join(' ', message.Flags.Keywords)}")];
    }

    [Fact]
    public async Task What_a_program_did_to_the_last_messages_while_no_process_looked_is_told()
    {
        await using var store = new StoreFixture();
        for (var i = 0; i < 3; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        ulong highest;
        string[] names;
        await using (var view = await store.OpenAsync())
        {
            highest = view.HighestModSeq;
            names = [.. view.Messages.Select(message => message.FileName)];
        }

        await store.Store.DisposeAsync();
        foreach (var file in Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Where(file => !Path.GetFileName(file).StartsWith(names[0], StringComparison.Ordinal)))
            File.Delete(file);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal([1u], again.Messages.Select(message => message.Uid));
        Assert.Equal([new UidRange(2, 3)], await again.ExpungedSinceAsync(highest, Cancel));
        Assert.True(again.HighestModSeq > highest);
    }

    [Fact]
    public async Task A_copy_has_the_GUID_of_its_source()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        var account = await store.AccountAsync();
        await account.CreateAsync("Other", Cancel);
        await using var inbox = await store.OpenAsync();
        await inbox.CopyAsync(inbox.Messages, "Other", Cancel);
        await using var other = await store.OpenAsync("Other");
        Assert.Equal(inbox.GuidOf(inbox.Messages[0]), other.GuidOf(other.Messages[0]));
        Assert.NotEqual(inbox.Guid, other.Guid);
        Assert.Matches("^[0-9a-f]{32}$", inbox.Guid);
    }
}
