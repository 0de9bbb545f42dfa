using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Files;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Copies from and to a server that answers as Gmail does, where folders are labels of one set of messages.</summary>
public sealed class GmailTests : MailboxCopyTest
{
    private static readonly string[] German = ["Alle Nachrichten", "Gesendet", "Entwürfe", "Spam", "Papierkorb", "Markiert", "Wichtig"];

    [Fact]
    public async Task Messages_arrive_in_the_folder_of_each_label_and_those_without_in_the_archive()
    {
        await using var gmail = Filled();
        var (result, found) = await CopyAsync(gmail, GmailLabels.Folders);
        Assert.Equal(
            [
                "Archive: archived \\Seen", "Drafts: draft \\Draft \\Seen", "INBOX: both $Important \\Seen", "INBOX: inbox \\Flagged", "Junk: spam", "Sent: sent \\Seen",
                "Trash: trash", "Work/Später: two", "Work: both $Important \\Seen", "Work: two", "Work: work",
            ],
            found);
        Assert.DoesNotContain(result.Folders, folder => folder.Folder is "[Gmail]" or "[Gmail]/Starred" or "[Gmail]/Important");
        var archive = Assert.Single(result.Folders, folder => folder.Folder == "[Gmail]/All Mail");
        Assert.Equal((1, 1, 0), (archive.Messages, archive.Copied, archive.Skipped));
        Assert.Empty(Warnings);
        Assert.Empty(await DifferencesAsync(gmail, GmailLabels.Folders));

        // A second run has nothing to do, and a third what lost its last label.
        Assert.Equal((0, 11), Counts((await CopyAsync(gmail, GmailLabels.Folders)).Result));
        gmail.Put(Message("later"), "", "Work");
        gmail.Put(Message("later too"), "");
        Assert.Equal((2, 11), Counts((await CopyAsync(gmail, GmailLabels.Folders)).Result));
    }

    [Theory]
    [InlineData("[Gmail]")]
    [InlineData("[Google Mail]")]
    public async Task Each_message_arrives_once_in_the_folder_of_its_first_label(string root)
    {
        await using var gmail = Filled(root, root == "[Gmail]" ? null : German);
        Assert.Equal(
            [
                "Archive: archived \\Seen", "Drafts: draft \\Draft \\Seen", "INBOX: both $Important \\Seen", "INBOX: inbox \\Flagged", "Junk: spam", "Sent: sent \\Seen",
                "Trash: trash", "Work: two", "Work: work",
            ],
            (await CopyAsync(gmail, GmailLabels.Once)).Found);
        Assert.Empty(await DifferencesAsync(gmail, GmailLabels.Once));
        Assert.Equal((0, 9), Counts((await CopyAsync(gmail, GmailLabels.Once)).Result));
    }

    [Fact]
    public async Task Labels_become_keywords_of_messages_that_arrive_once()
    {
        await using var gmail = Filled();
        gmail.Put(Message("odd"), "", "A (b) 50%");
        Assert.Equal(
            [
                "Archive: archived \\Seen", "Archive: odd A__b__50_", "Archive: two Work Work/Sp&AOQ-ter", "Archive: work Work", "Drafts: draft \\Draft \\Seen",
                "INBOX: both $Important Work \\Seen", "INBOX: inbox \\Flagged", "Junk: spam", "Sent: sent \\Seen", "Trash: trash",
            ],
            (await CopyAsync(gmail, GmailLabels.Keywords)).Found);
        Assert.Empty(await DifferencesAsync(gmail, GmailLabels.Keywords));
    }

    [Fact]
    public async Task What_is_removed_from_the_archive_by_a_label_is_removed_there()
    {
        await using var gmail = Filled();
        await CopyAsync(gmail, GmailLabels.Folders);
        gmail.Mails.Single(mail => mail.Subject == "archived").Labels.Add("Work");
        gmail.Put(Message("archived too"), "");
        var (result, found) = await CopyAsync(gmail, GmailLabels.Folders, options => options with { Mirrors = true, RemovesDeleted = true });
        Assert.Equal(1, result.Removed);
        Assert.Contains("Archive: archived too", found);
        Assert.DoesNotContain("Archive: archived \\Seen", found);
    }

    [Fact]
    public async Task A_message_that_is_in_All_Mail_gets_a_label_and_is_not_sent_again()
    {
        await using var gmail = StandInGmail.Start();
        gmail.Put(WithId("there before", "<1@x>"), "\\Seen", "Old");
        gmail.Put(WithId("other content", "<2@x>"), "", "\\Inbox");
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("source"), isMade: true);
        foreach (var folder in new[] { "INBOX", "Sent", "Work", "Trash" })
            await ((IMailboxWriter)source).CreateAsync(folder, folder is "Sent" or "Trash" ? "\\" + folder : null, Cancel);
        await AddAsync(source, "INBOX", [WithId("there before", "<1@x>"), WithId("new", "<2@x>"), WithId("twice", "<3@x>")]);
        await AddAsync(source, "Work", [WithId("twice", "<3@x>"), WithId("equal", "<4@x>"), WithId("equal", "<4@x>"), Message("no id")]);
        await AddAsync(source, "Sent", [WithId("twice", "<3@x>")]);
        await AddAsync(source, "Trash", [WithId("there before", "<1@x>")]);
        await using var target = End(gmail, labels: null);
        var result = await CopyAsync(source, target, options => options with { Connections = 1 });
        Assert.Equal(("Completed", 9), (result.Status, result.Copied));
        Assert.Equal(
            [
                "equal: Work", "equal: Work", "new: \\Inbox", "no id: Work", "other content: \\Inbox", "there before: Old \\Inbox", "there before: \\Trash", "twice: Work \\Inbox \\Sent",
            ],
            gmail.Labels());
        Assert.Equal(6, gmail.Commands.Count(command => command.StartsWith("APPEND ", StringComparison.Ordinal)));
        Assert.DoesNotContain(gmail.Commands, command => command.StartsWith("UID COPY ", StringComparison.Ordinal) && command.Contains("Trash", StringComparison.Ordinal));

        // It is known again: nothing to do, and nothing lost with the journal.
        Assert.Equal((0, 9), Counts(await CopyAsync(source, target)));
        Assert.Equal((0, 9), Counts(await CopyAsync(source, target, journal: "another")));
        Assert.Null(gmail.Failure);

        // The proof tells of what was there before, and of what is archived and nowhere else.
        await using var proof = End(gmail, GmailLabels.Folders);
        Assert.Equal(["FolderExtra Old", "MessageExtra INBOX"], await ComparedAsync(source, proof));
        gmail.Put(Message("archived"), "");
        Assert.Equal(["FolderExtra Old", "FolderExtra [Gmail]/All Mail", "MessageExtra INBOX"], await ComparedAsync(source, proof));
    }

    private static async Task<List<string>> ComparedAsync(IMailboxReader one, IMailboxWriter other) =>
        [.. (await new MailboxComparer(one, other, new ComparisonOptions { IgnoreFlags = true, IgnoreDates = true }).CompareAsync(Cancel).ToListAsync(Cancel)).Select(found => $"{found.Kind} {found.Folder}").Order(StringComparer.Ordinal)];

    [Fact]
    public async Task What_is_important_gets_the_label()
    {
        await using var source = Filled();
        await using var target = StandInGmail.Start();
        await using var from = End(source, GmailLabels.Folders);
        await using var to = End(target, labels: null);
        var result = await CopyAsync(from, to);
        Assert.Equal("Completed", result.Status);
        Assert.Equal(source.Labels(), target.Labels());
        Assert.DoesNotContain(target.Commands, command => command.Contains("$Important", StringComparison.Ordinal));

        await using var proof = End(target, GmailLabels.Folders);
        Assert.Empty(await new MailboxComparer(from, proof, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel));

        // It is carried later as well.
        source.Mails.Single(mail => mail.Subject == "work").Flags.Add("\\Seen");
        source.Mails.Single(mail => mail.Subject == "both").Labels.Remove("\\Important");
        source.Put(WithId("later", "<l@x>"), "", "\\Inbox", "Work");
        await CopyAsync(from, to, options => options with { Mirrors = true });
        Assert.Equal(source.Labels(), target.Labels());
        Assert.Equal(source.Mails.Select(mail => string.Join(' ', mail.Flags)).Order(StringComparer.Ordinal), target.Mails.Select(mail => string.Join(' ', mail.Flags)).Order(StringComparer.Ordinal));
    }

    private static StandInGmail Filled(string root = "[Gmail]", string[]? names = null)
    {
        var gmail = StandInGmail.Start(root, names);
        gmail.Put(WithId("inbox", "<i@x>"), "\\Flagged", "\\Inbox");
        gmail.Put(WithId("both", "<b@x>"), "\\Seen", "\\Inbox", "Work", "\\Important");
        gmail.Put(WithId("work", "<w@x>"), "", "Work");
        gmail.Put(WithId("two", "<t@x>"), "", "Work", "Work/Später");
        gmail.Put(WithId("archived", "<a@x>"), "\\Seen");
        gmail.Put(WithId("sent", "<s@x>"), "\\Seen", "\\Sent");
        gmail.Put(WithId("draft", "<d@x>"), "\\Draft \\Seen", "\\Draft");
        gmail.Put(WithId("spam", "<p@x>"), "", "\\Spam");
        gmail.Put(WithId("trash", "<r@x>"), "", "\\Trash");
        return gmail;
    }

    private static string WithId(string subject, string id) => $"Message-ID: {id}\r\n" + Message(subject);

    private static ImapMailboxEnd End(StandInGmail gmail, GmailLabels? labels) => new("gmail", Options(gmail.Port), TimeProvider.System) { Labels = labels };

    private async Task<(MailboxCopyResult Result, List<string> Found)> CopyAsync(StandInGmail gmail, GmailLabels labels, Func<CopyOptions, CopyOptions>? with = null)
    {
        await using var source = End(gmail, labels);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("target"), isMade: true, Cancel);
        var result = await CopyAsync(source, target, with);
        Assert.True(result.Status == "Completed", ErrorsOf(result) + gmail.Failure);
        var found = new List<string>();
        foreach (var folder in await ((IMailboxReader)target).ListAsync(Cancel))
        {
            await using var opened = await ((IMailboxReader)target).OpenAsync(folder.Name, Cancel);
            await foreach (var entries in opened.ListAsync(Cancel))
            {
                await foreach (var message in opened.ReadAsync(entries, Cancel))
                {
                    using (message)
                        found.Add($"{folder.Path}: {(await HeadFields.OfAsync(message.Octets!, Cancel)).Subject} {message.Entry.Flags}".Trim());
                }
            }
        }

        found.Sort(StringComparer.Ordinal);
        return (result, found);
    }

    private async Task<List<MailboxDifference>> DifferencesAsync(StandInGmail gmail, GmailLabels labels)
    {
        await using var source = End(gmail, labels);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("target"), isMade: false, Cancel);
        return await new MailboxComparer(source, target, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel);
    }
}
