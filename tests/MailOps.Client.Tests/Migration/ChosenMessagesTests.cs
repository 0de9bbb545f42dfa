using MailOps.Client.Migration;
using MailOps.Client.Migration.Files;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Copies of the messages that are meant only: by date, size, flag, and a search of the server's own.</summary>
public sealed class ChosenMessagesTests : MailboxCopyTest
{
    [Fact]
    public async Task Messages_that_are_not_meant_are_left_out_and_come_when_they_are()
    {
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("from"), isMade: true);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        Directory.CreateDirectory(Folder.Of("from/INBOX"));
        await File.WriteAllTextAsync(Folder.Of("from/INBOX/a.eml"), "Date: Thu, 1 Feb 2024 00:00:00 +0000\r\n\r\n1\r\n", Cancel);
        await File.WriteAllTextAsync(Folder.Of("from/INBOX/b.eml"), "Date: Thu, 1 Feb 2023 00:00:00 +0000\r\n\r\n1\r\n", Cancel);
        await File.WriteAllTextAsync(Folder.Of("from/INBOX/c.eml"), "no date\r\n\r\n" + new string('x', 100), Cancel);
        CopyOptions With(CopyOptions options, MessageFilter filter) => options with { Filter = filter };
        var result = await CopyAsync(source, target, options => With(options, new MessageFilter { Since = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), SmallerThan = 100 }));
        Assert.Equal(("Completed", 3, 1, 2), (result.Status, result.Messages, result.Copied, result.Skipped));
        result = await CopyAsync(source, target, options => With(options, new MessageFilter { LargerThan = 100 }));
        Assert.Equal((1, 2), (result.Copied, result.Skipped));
        result = await CopyAsync(source, target, options => With(options, new MessageFilter { Flag = ["\\Seen"] }));
        Assert.Equal((0, 3), (result.Copied, result.Skipped));
        Assert.Equal((1, 2), Counts(await CopyAsync(source, target)));
        Assert.Equal((0, 3), Counts(await CopyAsync(source, target)));
    }

    [Fact]
    public async Task A_folder_that_did_not_change_is_not_listed_again_for_a_filter_of_dates_and_sizes()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("1"), Message("2"), Message("large", 500));
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        async Task<(long Copied, long There, long Skipped, int Lists)> RunAsync(MessageFilter? filter, bool removes = false)
        {
            await using var end = End(from);
            var source = new TryingSource(end);
            var result = await CopyAsync(source, target, options => options with { Filter = filter, RemovesDeleted = removes });
            Assert.Equal("", ErrorsOf(result));
            return (result.Copied, result.AlreadyThere, result.Skipped, source.Lists);
        }

        var small = new MessageFilter { SmallerThan = 300 };
        Assert.Equal((2, 0, 1, 1), await RunAsync(small));
        Assert.Equal((0, 2, 1, 0), await RunAsync(small));
        await AddAsync(from, "INBOX", Message("3"), Message("large, too", 500));
        Assert.Equal((1, 2, 2, 1), await RunAsync(small));
        Assert.Equal((0, 3, 2, 0), await RunAsync(small));
        // Flags may be others the next time, and so may the filter.
        var unseen = new MessageFilter { NotFlag = ["\\Seen"] };
        Assert.Equal((2, 3, 0, 1), await RunAsync(unseen));
        Assert.Equal((0, 5, 0, 1), await RunAsync(unseen));
        Assert.Equal((0, 3, 2, 1), await RunAsync(small, removes: true));
        Assert.Equal((0, 5, 0, 1), await RunAsync(filter: null));
        Assert.Equal((0, 5, 0, 0), await RunAsync(filter: null));
        Assert.Empty(Warnings);
    }

    [Fact]
    public async Task A_server_searches_for_what_is_meant()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("one"), Message("two"), Message("twofold"));
        await using var all = End(from);
        await using var source = new ImapMailboxEnd(all.Name, Options(from.ImapPort), TimeProvider.System) { Query = "SUBJECT two" };
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        Assert.Equal((3, 2, 0, 1), await CopyAsync(source, target) is var found ? (found.Messages, found.Copied, found.AlreadyThere, found.Skipped) : default);
        Assert.Equal((1, 2), Counts(await CopyAsync(all, target)));
        await using var wrong = new ImapMailboxEnd(all.Name, Options(from.ImapPort), TimeProvider.System) { Query = "NONSENSE" };
        Assert.Contains("refused to list the messages of INBOX", ErrorsOf(await CopyAsync(wrong, target, journal: "other")), StringComparison.Ordinal);
    }
}
