using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Journal;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>A server that still takes what a copier was sending when that was killed, or lost the connection: it waits before it goes on, and doubles nothing.</summary>
public sealed class LateArrivalTests : MailboxCopyTest
{
    [Fact]
    public async Task What_arrives_after_the_end_of_the_run_before_is_not_sent_again()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("1"), Message("2"));
        await using var source = End(from);
        await using var target = End(to);
        var entries = await EntriesAsync(source);

        // The run before: it has noted what it sends, and is gone before the server has taken it.
        await using (var journal = CopyJournal.Open(Folder.Of("journal"), "source", "target"))
            journal.Folder("INBOX", await EpochAsync(source), "INBOX", await EpochAsync(target)).Begin([.. entries]);
        var copying = CopyAsync(source, target, options => options with { SettleTime = TimeSpan.FromSeconds(4) });
        while (Warnings.Count == 0 && !copying.IsCompleted)
            await Task.Delay(20, Cancel);
        await AddAsync(to, "INBOX", Message("1"), Message("2"));

        Assert.Equal((0, 2), Counts(await copying));
        Assert.Matches("^The run before ended while messages were on their way to INBOX of imap.*The copy of INBOX goes on in [1-4] seconds\\.$", Assert.Single(Warnings));
        Assert.Equal(2, (await EntriesAsync(target)).Count);
    }

    [Fact]
    public async Task What_arrives_after_the_connection_was_lost_is_not_sent_again()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var to = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await AddAsync(source, Message("1"), Message("2"));
        await using var target = new TryingTarget(to) { LosesFirst = true, EndsAlone = true };
        var copying = CopyAsync(source, target, options => options with { SettleTime = TimeSpan.FromSeconds(4) });
        while (Warnings.Count == 0 && !copying.IsCompleted)
            await Task.Delay(20, Cancel);
        await AddAsync(to, Message("1"), Message("2"));

        Assert.Equal((0, 2), Counts(await copying));
        Assert.Equal("The connection was lost. The copy of INBOX goes on in 4 seconds.", Assert.Single(Warnings));
        Assert.Equal(2, await to.ListAsync(Cancel) is [var inbox] ? inbox.Messages : -1);
    }

    [Fact]
    public async Task Nobody_waits_when_all_was_answered()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("1"));
        await using var source = End(from);
        await using var target = End(to);
        Assert.Equal((1, 0), Counts(await CopyAsync(source, target, options => options with { SettleTime = TimeSpan.FromHours(1) })));
        await AddAsync(from, "INBOX", Message("2"));
        Assert.Equal((1, 1), Counts(await CopyAsync(source, target, options => options with { SettleTime = TimeSpan.FromHours(1) })));
        Assert.Empty(Warnings);
    }

    private static async Task<string> EpochAsync(ImapMailboxEnd end)
    {
        await using var folder = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        return folder.Epoch;
    }

    private static async Task<List<(string SourceId, UInt128 Hash, long Size)>> EntriesAsync(ImapMailboxEnd end)
    {
        await using var folder = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        var entries = new List<(string, UInt128, long)>();
        await foreach (var listed in folder.ListAsync(Cancel))
        {
            await foreach (var message in folder.ReadAsync(listed, Cancel))
            {
                using (message)
                    entries.Add((message.Entry.Id, message.Octets!.Hash, message.Entry.Size));
            }
        }

        return entries;
    }
}
