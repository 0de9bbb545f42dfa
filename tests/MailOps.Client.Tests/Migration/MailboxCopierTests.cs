using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Journal;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Copies between real Dovecots.</summary>
public sealed class MailboxCopierTests : MailboxCopyTest
{
    private const string OtherNames = """
        namespace inbox {
          inbox = yes
          prefix = INBOX/
          separator = /
          mailbox "Gesendete Objekte" {
            special_use = \Sent
            auto = create
          }
        }
        """;

    [Fact]
    public async Task Folders_messages_flags_dates_and_subscriptions_arrive_and_a_second_run_copies_nothing()
    {
        await using var from = await PrivateDovecot.StartAsync("mail_plugins = listescape\nnamespace inbox {\n inbox = yes\n mailbox Sent {\n special_use = \\Sent\n auto = create\n }\n}");
        await using var to = await PrivateDovecot.StartAsync(OtherNames);
        await FillAsync(from);
        await using var source = End(from);
        await using var target = End(to);
        var result = await CopyAsync(source, target);
        Assert.Equal("", ErrorsOf(result));
        Assert.Equal(("Completed", 14, 14, 0, 0), (result.Status, result.Messages, result.Copied, result.AlreadyThere, result.Refused));
        Assert.Equal("INBOX/Gesendete Objekte", result.Folders.Single(folder => folder.Folder == "Sent").Target);
        Assert.Equal("INBOX/Wörk/a & b/深い", result.Folders.Single(folder => folder.Folder == "Wörk/a & b/深い").Target);
        await AssertSameAsync(source, target, result);
        var subscribed = (await target.ListAsync(Cancel)).Where(folder => folder.IsSubscribed).Select(folder => folder.Path);
        Assert.Equal(["Wörk/a & b/深い"], subscribed);

        var again = await CopyAsync(source, target);
        Assert.Equal(("Completed", 14, 0, 14), (again.Status, again.Messages, again.Copied, again.AlreadyThere));

        // Without the journal it finds by content what is there.
        File.Delete(Folder.Of("journal"));
        var anew = await CopyAsync(source, target);
        Assert.Equal(("Completed", 14, 0, 14), (anew.Status, anew.Messages, anew.Copied, anew.AlreadyThere));
        await AssertSameAsync(source, target, result);
        Assert.Equal("INBOX/a_b (2)", result.Folders.Single(folder => folder.Folder == "a_b").Target);
        Assert.Single(Warnings);
    }

    [Fact]
    public async Task A_folder_that_was_made_although_the_answer_was_no_is_used_subscribed_to_and_told_of()
    {
        await using var from = await PrivateDovecot.StartAsync("mail_plugins = listescape");
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "a/b", Message("1"));
        await using var source = End(from);
        await source.SubscribeAsync("a/b", Cancel);
        await using var end = End(to);
        await using var target = new TryingTarget(end) { DeniesFolders = true };
        var result = await CopyAsync(source, target);
        Assert.Equal(("Completed", 1, "a_b"), (result.Status, result.Copied, result.Folders.Single(folder => folder.Folder == "a/b").Target));
        Assert.Contains("The folder a/b is called a_b", Assert.Single(Warnings), StringComparison.Ordinal);
        Assert.Equal(["a_b"], (await end.ListAsync(Cancel)).Where(folder => folder.IsSubscribed).Select(folder => folder.Path));
    }

    // Courier tells another UIDVALIDITY in STATUS than in SELECT until a folder was selected once.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_copied_stays_known_where_a_list_tells_another_UIDVALIDITY_than_the_folder(bool isLost)
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", [.. Enumerable.Range(0, 1200).Select(i => Message($"{i}"))]);
        await using var source = End(from);
        await using var end = End(to);
        await using var target = new TryingTarget(end) { ListedEpoch = "1", LostAt = isLost ? Message("1100") : null };
        var told = new List<CopiedMessage>();
        var result = await CopyAsync(source, target, options => options with { Log = told.Add });
        Assert.Equal((1200, isLost ? 1 : 0), (result.Copied + result.Refused, result.Refused));
        Assert.Equal(isLost, Warnings.Count > 0);

        var again = await CopyAsync(source, end, options => options with { Log = told.Add });
        Assert.Equal((0, result.Copied, result.Refused), (again.Copied, again.AlreadyThere, again.Refused));
        Assert.DoesNotContain(told, one => one.Result == "found");
    }

    [Fact]
    public async Task A_name_that_the_target_refuses_is_written_otherwise_and_found_again()
    {
        await using var from = await PrivateDovecot.StartAsync("mail_plugins = listescape");
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "a/b", Message("1"));
        await using var source = End(from);
        await using var target = End(to);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Completed", "a_b"), (result.Status, result.Folders.Single(folder => folder.Folder == "a/b").Target));
        Assert.Equal((0, 1), Counts(await CopyAsync(source, target)));
        Assert.Equal(["INBOX", "a_b"], (await target.ListAsync(Cancel)).Select(folder => folder.Path));
    }

    [Fact]
    public async Task A_mailbox_goes_into_a_Maildir_and_from_there_to_a_server()
    {
        await using var from = await PrivateDovecot.StartAsync("mail_plugins = listescape");
        await using var to = await PrivateDovecot.StartAsync("mail_plugins = listescape");
        await FillAsync(from);
        await using var source = End(from);
        await using var target = End(to);
        await using (var maildir = await MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: true, Cancel))
        {
            var result = await CopyAsync(source, maildir, journal: "out");
            Assert.Equal("", ErrorsOf(result));
            Assert.Equal(("Completed", 14, 0), (result.Status, result.Copied, result.AlreadyThere));
            await AssertSameAsync(source, maildir, result);
            Assert.Equal((0, 14), Counts(await CopyAsync(source, maildir, journal: "anew")));
        }

        await using (var maildir = await MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: false, Cancel))
        {
            var result = await CopyAsync(maildir, target, journal: "back");
            Assert.Equal("", ErrorsOf(result));
            Assert.Equal(("Completed", 14, 0), (result.Status, result.Copied, result.AlreadyThere));
            await AssertSameAsync(maildir, target, result);
            Assert.Equal((0, 14), Counts(await CopyAsync(maildir, target, journal: "back")));
        }
    }

    [Fact]
    public async Task Messages_that_come_later_are_copied_by_the_next_run_and_what_was_deleted_on_the_target_is_not()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("1"), Message("2"), Message("2"));
        await using var source = End(from);
        await using var target = End(to);
        await CopyAsync(source, target);
        await using (var account = await ImapAccount.OpenAsync(Options(to.ImapPort), TimeProvider.System, Cancel))
            await account.DeleteAsync("INBOX", [2], Cancel);
        Assert.Equal((0, 3), Counts(await CopyAsync(source, target)));
        await AddAsync(from, "INBOX", Message("2"));
        Assert.Equal((1, 3), Counts(await CopyAsync(source, target)));
        Assert.Equal(3, (await target.ListAsync(Cancel))[0].Messages);
    }

    [Fact]
    public async Task What_the_target_had_before_is_found_by_content_and_each_message_stands_for_one()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("1"), Message("2"), Message("2"), Message("2"), Message("3"));
        await AddAsync(to, "INBOX", Message("2"), Message("4"), Message("3"), Message("2"));
        await using var source = End(from);
        await using var target = End(to);
        Assert.Equal((2, 3), Counts(await CopyAsync(source, target)));
        Assert.Equal(["1", "2", "2", "2", "3", "4"], await SubjectsAsync(to));
    }

    [Fact]
    public async Task What_the_target_refuses_is_kept_with_the_reason_and_can_be_tried_again()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync("mail_plugins = quota\nprotocol imap {\n mail_plugins = quota imap_quota\n}\nplugin {\n quota = maildir:User quota\n quota_rule = *:storage=1G\n quota_max_mail_size = 2k\n}");
        var large = Message("large", 5000);
        await AddAsync(from, "INBOX", Message("1"), large, Message("2"));
        await using var source = End(from);
        await using var target = End(to);
        var result = await CopyAsync(source, target);
        Assert.Equal(("CompletedWithWarnings", 2, 1), (result.Status, result.Copied, result.Refused));
        var refused = Assert.Single(result.RefusedMessages);
        Assert.Equal(("INBOX", "2", large.Length), (refused.Folder, refused.Id, refused.Size));
        Assert.Contains("larger than the maximum", refused.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(large, await File.ReadAllTextAsync(refused.Path!, Cancel));
        Assert.Equal(["1", "2"], await SubjectsAsync(to));

        var again = await CopyAsync(source, target);
        Assert.Equal((0, 2, 1), (again.Copied, again.AlreadyThere, again.Refused));
        Assert.Empty(again.RefusedMessages);
        Assert.Single((await CopyAsync(source, target, options => options with { RetryRefused = true })).RefusedMessages);
    }

    [Fact]
    public async Task A_target_that_is_full_stops_the_copy_and_goes_on_when_there_is_room()
    {
        const string Quota = "mail_plugins = quota\nprotocol imap {\n mail_plugins = quota imap_quota\n}\nplugin {\n quota = maildir:User quota\n quota_rule = *:messages=3\n}";
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync(Quota);
        await AddAsync(from, "INBOX", [.. Enumerable.Range(1, 5).Select(i => Message(i.ToString(CultureInfo.InvariantCulture)))]);
        await using var source = End(from);
        await using var target = End(to);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Failed", 3, 0), (result.Status, result.Copied, result.Refused));
        Assert.Contains("OVERQUOTA", ErrorsOf(result), StringComparison.Ordinal);
        await using (var account = await ImapAccount.OpenAsync(Options(to.ImapPort), TimeProvider.System, Cancel))
            await account.DeleteAsync("INBOX", [1, 2], Cancel);
        await CopyAsync(source, target);
        Assert.Equal(["3", "4", "5"], await SubjectsAsync(to));
    }

    [Fact]
    public async Task Servers_that_can_no_more_than_they_must_are_copied_from_and_to()
    {
        const string Bare = "imap_capability = IMAP4rev1";
        await using var from = await PrivateDovecot.StartAsync($"mail_plugins = listescape\n{Bare}");
        await using var to = await PrivateDovecot.StartAsync($"mail_plugins = listescape\n{Bare}");
        await FillAsync(from);
        await using var source = End(from);
        await using var target = End(to);
        var result = await CopyAsync(source, target);
        Assert.Equal("", ErrorsOf(result));
        Assert.Equal((14, 0), Counts(result));
        await AssertSameAsync(source, target, result);
        File.Delete(Folder.Of("journal"));
        Assert.Equal((0, 14), Counts(await CopyAsync(source, target)));
    }

    [Fact]
    public async Task A_copy_whose_name_the_target_does_not_tell_does_not_stand_for_another_message()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var inner = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await using var target = new WaryTarget(inner);
        await AddAsync(source, Message("1"));
        Assert.Equal((1, 0), Counts(await CopyAsync(source, target)));
        await AddAsync(source, Message("1"));
        target.LosesConnection = true;
        Assert.Equal((1, 1), Counts(await CopyAsync(source, target, options => options with { RetryDelay = TimeSpan.FromMilliseconds(1) })));
        Assert.Equal(2, (await inner.ListAsync(Cancel))[0].Messages);
        Assert.Single(Warnings);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told_and_the_others_are_copied()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var inner = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await using var target = new WaryTarget(inner) { RefusedName = "Bad", RefusesSubscriptions = true };
        await source.CreateAsync("Bad", use: null, Cancel);
        await source.CreateAsync("Good", use: null, Cancel);
        await source.SubscribeAsync("Good", Cancel);
        await AddAsync(source, Message("1"));
        await AddAsync(source, "Good", [Message("2")]);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Failed", 2), (result.Status, result.Copied));
        Assert.Equal("No folder can be called 'Bad'.", ErrorsOf(result));
        Assert.Contains("Good is not subscribed to", Assert.Single(Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_are_cut_lose_nothing_and_double_nothing()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("MAILOPS_COPY_SEED") ?? "1", CultureInfo.InvariantCulture);
        var cuts = int.Parse(Environment.GetEnvironmentVariable("MAILOPS_COPY_CUTS") ?? "25", CultureInfo.InvariantCulture);
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        for (var folder = 0; folder < 4; folder++)
            await AddAsync(from, folder == 0 ? "INBOX" : $"Folder {folder}", [.. Enumerable.Range(0, 150).Select(i => Message((i % 60).ToString(CultureInfo.InvariantCulture), (i % 60) * 70))]);
        var random = new Random(seed);
        var left = cuts;
        await using var before = new CuttingProxy(from.ImapPort, NextCut);
        await using var behind = new CuttingProxy(to.ImapPort, NextCut);
        MailboxCopyResult result;
        var runs = 0;
        do
        {
            await using var source = new ImapMailboxEnd("source", Options(before.Port), TimeProvider.System);
            await using var target = new ImapMailboxEnd("target", Options(behind.Port), TimeProvider.System);
            try
            {
                result = await CopyAsync(source, target, options => options with { RetryDelay = TimeSpan.FromMilliseconds(1) });
            }
            catch (MailSessionException)
            {
                // The line was cut while folders were listed.
                result = new MailboxCopyResult { From = "", To = "", Status = "Failed", Messages = 0, Copied = 0, CopiedSize = 0, AlreadyThere = 0, Refused = 0, Duration = default, JournalPath = "", Folders = [], RefusedMessages = [] };
            }

            Assert.True(++runs < 100, "No end: " + string.Join('\n', Warnings.TakeLast(5)));
        }
        while (result.Status != "Completed");

        Assert.Equal(600, result.Messages);
        Assert.True(before.Cuts + behind.Cuts > 0);
        TestContext.Current.SendDiagnosticMessage($"{before.Cuts} and {behind.Cuts} cuts, {runs} runs");
        await using var source2 = End(from);
        await using var target2 = End(to);
        await AssertSameAsync(source2, target2, result);

        long? NextCut()
        {
            lock (random)
                return left-- > 0 ? (long)(200 * Math.Pow(2000, random.NextDouble())) : null;
        }
    }
}
