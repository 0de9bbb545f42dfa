using System.Text;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Keywords, of which a folder of some targets has room for a few, and which others do not take at all.</summary>
public sealed class KeywordCopyTests : MailboxCopyTest
{
    [Fact]
    public async Task Thirty_keywords_go_into_a_Maildir_stay_while_Dovecot_changes_other_flags_and_come_back()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await using var source = End(from);
        await AddAsync(source, [Message("all", Keywords(30)), Message("some", Keywords(30).Skip(20))]);
        await using (var maildir = await MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: true, Cancel))
        {
            Assert.Equal(("Completed", 2), await RunAsync(source, maildir));
            Assert.Empty(await CompareAsync(source, maildir));
        }

        Assert.Empty(Warnings);

        // Dovecot reads the first 26, and keeps the characters that mean nothing to it where they are.
        await MoveAsync(Folder.Of("maildir"), to.MailPath, "nobody:nogroup");
        await using var account = await ImapAccount.OpenAsync(Options(to.ImapPort), TimeProvider.System, Cancel);
        await account.SetFlagsAsync("INBOX", [1, 2], ["\\Answered"], ["key1"], null, Cancel);
        await MoveAsync(to.MailPath, Folder.Of("back"), $"{Environment.UserName}:");
        var there = MaildirReader.Messages(Folder.Of("back"), [], new MaildirFilter(), null, Cancel).ToList();
        Assert.Equal(["\\Answered", .. Keywords(30).Skip(1)], there[0].Flags.OrderBy(Number));
        Assert.Equal(11, there[1].Flags.Count);
    }

    [Fact]
    public async Task What_a_Maildir_has_no_room_for_is_told_and_compared()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var source = End(from);
        await AddAsync(source, [Message("all", Keywords(60))]);
        await using var maildir = await MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: true, Cancel);
        var result = await CopyAsync(source, maildir);
        Assert.Equal(("CompletedWithWarnings", 1, 4), (result.Status, result.Copied, result.Folders.Single().KeywordsLost.Count));
        Assert.StartsWith("INBOX of maildir did not keep 4 of 60 keywords: ", Assert.Single(Warnings), StringComparison.Ordinal);
        Assert.Equal(DifferenceKind.Flags, Assert.Single(await CompareAsync(source, maildir)).Kind);
        Assert.Equal((0, 1), Counts(await CopyAsync(source, maildir)));
        Assert.Single(Warnings);
    }

    private static async Task MoveAsync(string from, string to, string owner)
    {
        var said = await PeerCommand.RunAsync("/bin/sh", ["-c", $"rm -rf '{to}' && cp -R '{from}' '{to}' && chown -R {owner} '{to}'"]);
        Assert.True(said.ExitCode == 0, said.Error);
    }

    private static int Number(string keyword) => keyword[0] == '\\' ? 0 : int.Parse(keyword[3..], System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<string> Keywords(int count) => Enumerable.Range(1, count).Select(number => $"key{number}");

    private static MailContent Message(string subject, IEnumerable<string> flags) =>
        new(new MailEntry("", 0, string.Join(' ', flags), new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero)), MessageSpool.Of(Encoding.ASCII.GetBytes($"Subject: {subject}\r\n\r\nx\r\n")), Refusal: null);

    private static async Task AddAsync(ImapMailboxEnd end, IReadOnlyList<MailContent> messages)
    {
        _ = await end.ListAsync(Cancel);
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        Assert.All((await opened.AddAsync(messages, Cancel)).Outcomes, outcome => Assert.NotNull(outcome?.Id));
    }

    private async Task<(string Status, long Copied)> RunAsync(IMailboxReader source, IMailboxWriter target) =>
        await CopyAsync(source, target) is var result ? (result.Status, result.Copied) : default;

    private static async Task<List<MailboxDifference>> CompareAsync(IMailboxReader reference, IMailboxWriter difference) =>
        await new MailboxComparer(reference, difference, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel);
}
