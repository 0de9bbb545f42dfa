using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>STORE with UNCHANGEDSINCE, and what sessions are told of flags and mod-sequences (RFC 7162 section 3.1).</summary>
public sealed class ConditionalStoreTests
{
    private static readonly MessageFlagSet Seen = new(SystemFlags.Seen);
    private static readonly MessageFlagSet Flagged = new(SystemFlags.Flagged);
    private static readonly MessageFlagSet Work = new(SystemFlags.None, ["$Work"]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_change_of_other_flags_nothing_is_left_alone_and_the_result_says_that_there_is_more_to_tell_RFC7162_3_1_12()
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var before = one.HighestModSeq;
        await other.StoreFlagsAsync([other.Messages[0]], FlagChange.Add, Flagged, Cancel);

        var result = await one.StoreFlagsAsync(one.Messages, FlagChange.Add, Seen, before, Cancel);

        Assert.Empty(result.Modified);
        Assert.Equal([SystemFlags.Seen | SystemFlags.Flagged, SystemFlags.Seen], result.Stored.Select(message => message.Flags.System));
        Assert.Equal([1u], result.Overtaken);
        Assert.True((await one.RefreshAsync(expunges: true, Cancel)).IsEmpty);
    }

    [Theory]
    [InlineData(FlagChange.Add)]
    [InlineData(FlagChange.Remove)]
    [InlineData(FlagChange.Replace)]
    public async Task What_changed_of_the_flags_asked_for_is_left_alone_and_told_as_it_is_RFC7162_3_1_3(FlagChange change)
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var before = one.HighestModSeq;
        await other.StoreFlagsAsync([other.Messages[0]], FlagChange.Add, Work, Cancel);

        var result = await one.StoreFlagsAsync(one.Messages, change, Work, before, Cancel);

        Assert.Equal([2u], result.Stored.Select(message => message.Uid));
        var left = Assert.Single(result.Modified);
        Assert.Equal((1u, other.Messages[0].ModSeq), (left.Uid, left.ModSeq));
        Assert.Equal(["$Work"], left.Flags.Keywords);
        Assert.Equal(left, one.Messages[0]);
        Assert.True((await one.RefreshAsync(expunges: true, Cancel)).IsEmpty);
        Assert.Equal(["$Work"], other.Messages[0].Flags.Keywords);
    }

    [Fact]
    public async Task Flags_that_are_replaced_stand_for_all_of_them_RFC7162_3_1_12()
    {
        await using var store = await StoreFixture.WithMessagesAsync(1);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var before = one.HighestModSeq;
        await other.StoreFlagsAsync(other.Messages, FlagChange.Add, Flagged, Cancel);
        Assert.Single((await one.StoreFlagsAsync(one.Messages, FlagChange.Replace, Seen, before, Cancel)).Modified);
    }

    [Fact]
    public async Task What_was_told_after_the_number_that_the_client_names_is_no_excuse_RFC7162_3_1_12()
    {
        await using var store = await StoreFixture.WithMessagesAsync(1);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var before = one.HighestModSeq;
        await other.StoreFlagsAsync(other.Messages, FlagChange.Add, Seen, Cancel);
        await one.RefreshAsync(expunges: true, Cancel);
        await other.StoreFlagsAsync(other.Messages, FlagChange.Add, Flagged, Cancel);
        Assert.Single((await one.StoreFlagsAsync(one.Messages, FlagChange.Remove, Seen, before, Cancel)).Modified);
    }

    [Theory]
    [InlineData(FlagChange.Add, SystemFlags.Seen, "", true)]
    [InlineData(FlagChange.Remove, SystemFlags.Seen, "", true)]
    [InlineData(FlagChange.Replace, SystemFlags.None, "$New", true)]
    [InlineData(FlagChange.Add, SystemFlags.None, "$Work", true)]
    [InlineData(FlagChange.Add, SystemFlags.None, "$New", false)]
    [InlineData(FlagChange.Remove, SystemFlags.None, "$New", false)]
    public async Task At_0_a_flag_that_is_there_is_left_alone_RFC7162_3_1_3_example_7(FlagChange change, SystemFlags system, string keyword, bool isLeft)
    {
        await using var store = await StoreFixture.WithMessagesAsync(1);
        await using var view = await store.OpenAsync();
        await view.StoreFlagsAsync(view.Messages, FlagChange.Add, Work, Cancel);
        var result = await view.StoreFlagsAsync(view.Messages, change, new MessageFlagSet(system, keyword.Length > 0 ? [keyword] : []), 0, Cancel);
        Assert.Equal(isLeft ? 1 : 0, result.Modified.Count);
        Assert.Equal(isLeft ? 0 : 1, result.Stored.Count);
    }

    [Fact]
    public async Task A_message_that_was_expunged_meanwhile_is_neither_stored_nor_modified_RFC7162_3_1_3_example_11()
    {
        await using var store = await StoreFixture.WithMessagesAsync(3);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        var before = one.HighestModSeq;
        await other.StoreFlagsAsync([other.Messages[1]], FlagChange.Add, Seen, Cancel);
        await other.RemoveAsync([other.Messages[0]], Cancel);
        var result = await one.StoreFlagsAsync(one.Messages, FlagChange.Add, Seen, before, Cancel);
        Assert.Equal([3u], result.Stored.Select(message => message.Uid));
        Assert.Equal([2u], result.Modified.Select(message => message.Uid));
    }

    [Fact]
    public async Task What_is_so_already_gets_no_new_number_RFC7162_3_1_11()
    {
        await using var store = await StoreFixture.WithMessagesAsync(1);
        await using var view = await store.OpenAsync();
        var first = (await view.StoreFlagsAsync(view.Messages, FlagChange.Add, Seen, Cancel)).Stored[0].ModSeq;
        var again = await view.StoreFlagsAsync(view.Messages, FlagChange.Add, Seen, first, Cancel);
        Assert.Equal(first, Assert.Single(again.Stored).ModSeq);
        Assert.Equal(first, view.HighestModSeq);
    }

    [Fact]
    public async Task A_flag_that_was_set_and_taken_off_is_another_number_alone_RFC7162_3_1()
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        await other.StoreFlagsAsync([other.Messages[1]], FlagChange.Add, Seen, Cancel);
        await other.StoreFlagsAsync([other.Messages[1]], FlagChange.Remove, Seen, Cancel);
        var changes = await one.RefreshAsync(expunges: true, Cancel);
        Assert.Empty(changes.FlagsChanged);
        Assert.Equal([2], changes.ModSeqsChanged);
        Assert.False(changes.IsEmpty);
        Assert.Equal(other.Messages[1].ModSeq, one.Messages[1].ModSeq);
    }

    [Fact]
    public async Task Expunges_are_told_by_number_and_by_UID()
    {
        await using var store = await StoreFixture.WithMessagesAsync(4);
        await using var one = await store.OpenAsync();
        await using var other = await store.OpenAsync();
        await other.RemoveAsync([other.Messages[1], other.Messages[3]], Cancel);
        var changes = await one.RefreshAsync(expunges: true, Cancel);
        Assert.Equal([2, 3], changes.Expunged);
        Assert.Equal([2u, 4u], changes.ExpungedUids);
    }

    [Fact]
    public async Task STATUS_and_a_view_tell_the_same_HIGHESTMODSEQ_RFC7162_3_1_7()
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        await using var view = await store.OpenAsync();
        await view.StoreFlagsAsync(view.Messages, FlagChange.Add, Seen, Cancel);
        await view.RemoveAsync([view.Messages[0]], Cancel);
        await view.RefreshAsync(expunges: true, Cancel);
        var account = await store.Store.OpenAccountAsync(StoreFixture.Account, Cancel);
        Assert.Equal(view.HighestModSeq, (await account.StatusAsync(MailboxName.Inbox, Cancel))!.HighestModSeq);
    }

    [Fact]
    public async Task A_number_that_was_never_told_is_not_known()
    {
        await using var store = await StoreFixture.WithMessagesAsync(1);
        await using var view = await store.OpenAsync();
        Assert.Null(await view.ExpungedSinceAsync(view.HighestModSeq + 1, Cancel));
    }

    [Fact]
    public async Task Appended_and_copied_messages_are_above_all_that_were_there_RFC7162_3_1()
    {
        await using var store = await StoreFixture.WithMessagesAsync(2);
        await using var view = await store.OpenAsync();
        var before = view.HighestModSeq;
        await store.AppendAsync("Subject: new\r\n\r\n", flags: Seen);
        await view.RefreshAsync(expunges: true, Cancel);
        Assert.True(view.Messages[2].ModSeq > before);
        before = view.HighestModSeq;
        await view.CopyAsync([view.Messages[0]], MailboxName.Inbox, Cancel);
        await view.RefreshAsync(expunges: true, Cancel);
        Assert.True(view.Messages[3].ModSeq > before);
        Assert.Equal(view.Messages[3].ModSeq, view.HighestModSeq);
    }
}
