using System.Globalization;
using System.Text;
using CsCheck;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Files;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Trees of files as ends of copies: mbox and eml.</summary>
public sealed class FileMailboxTests : MailboxCopyTest
{
    private const string Plain = "From a@example.com Thu Nov 24 18:22:48 1986\nSubject: {0}\n\nx\n\n";

    [Theory]
    [InlineData(MailboxKind.Mbox, null)]
    [InlineData(MailboxKind.Mbox, MboxDialect.Mboxcl2)]
    [InlineData(MailboxKind.Eml, null)]
    public async Task What_goes_into_files_comes_out_again_as_it_was(MailboxKind kind, MboxDialect? dialect)
    {
        const string Uses = "mail_plugins = listescape\nnamespace inbox {\n inbox = yes\n mailbox Sent {\n special_use = \\Sent\n auto = create\n }\n}";
        await using var from = await PrivateDovecot.StartAsync(Uses);
        await using var to = await PrivateDovecot.StartAsync(Uses.Replace("mailbox Sent", "mailbox Gesendet", StringComparison.Ordinal));
        await FillAsync(from);
        await AddAsync(from, "INBOX", "Subject: From\r\n\r\nFrom a@example.com Thu Nov 24 18:22:48 1986\r\n>From b\r\n", "Status: RO\r\nContent-Length: 3\r\n\r\nits own fields\r\n");
        await using var source = End(from);
        await using var target = End(to);
        await using (var files = Files(kind, dialect, isMade: true))
        {
            var result = await CopyAsync(source, files);
            Assert.Equal(("", "Completed", 16, 0), (ErrorsOf(result), result.Status, result.Copied, result.AlreadyThere));
            await AssertSameAsync(source, files, result, isEndTold: kind is MailboxKind.Eml);
            Assert.Equal(("Wörk/a & b/深い", "\\Sent"), await NotesAsync(files));
            Assert.Equal((0, 16), Counts(await CopyAsync(source, files)));

            // Without the journal it finds by content what is there.
            Assert.Equal((0, 16), Counts(await CopyAsync(source, files, journal: "anew")));
            Assert.Empty(Warnings);
        }

        await using var read = Files(kind, dialect: null, isMade: false);
        var back = await CopyAsync(read, target, journal: "back");
        Assert.Equal(("", 16, "Gesendet"), (ErrorsOf(back), back.Copied, back.Folders.Single(folder => folder.Folder == "Sent").Target));
        await AssertSameAsync(source, target, back, isEndTold: kind is MailboxKind.Eml);
        Assert.Equal(("Wörk/a & b/深い", "\\Sent"), await NotesAsync(target));
        Assert.Equal((0, 16), Counts(await CopyAsync(read, target, journal: "back")));
        await using var anew = Files(kind, dialect: null, isMade: false);
        Assert.Empty(await new MailboxComparer(source, (IMailboxWriter)anew, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel));

        // What comes later is copied, and nothing else.
        await AddAsync(from, "INBOX", Message("1"), Message("late"));
        await using (var files = Files(kind, dialect, isMade: true))
            Assert.Equal((2, 16), Counts(await CopyAsync(source, files)));
        await using var later = Files(kind, dialect: null, isMade: false);
        Assert.Equal((2, 16), Counts(await CopyAsync(later, target, journal: "back")));
        await AssertSameAsync(source, target, back, isEndTold: kind is MailboxKind.Eml);
    }

    // Whatever its lines end with: the size that a source tells is noted, and is no reason to look at a message again.
    [Theory]
    [InlineData("maildir")]
    [InlineData("mbox")]
    [InlineData("eml")]
    [InlineData("imap")]
    public async Task What_was_copied_is_not_read_again(string kind)
    {
        await using var dovecot = kind == "imap" ? await PrivateDovecot.StartAsync() : null;
        await using IMailboxWriter inner = kind switch
        {
            "maildir" => await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel),
            "mbox" => MboxMailboxEnd.Open("source", Folder.Of("from"), dialect: null, isMade: true),
            "eml" => EmlMailboxEnd.Open("source", Folder.Of("from"), isMade: true),
            _ => End(dovecot!),
        };
        if (kind is "mbox" or "eml")
            await inner.CreateAsync("INBOX", use: null, Cancel);
        await using (var folder = await inner.OpenAsync("INBOX", Cancel))
            await folder.AddAsync([.. new[] { "Subject: 1\n\na\nb\n", "Subject: 2\r\n\r\nno end", "Subject: 3\n\nFrom x\n\u00e4\n\n" }.Select(text => new MailContent(new MailEntry("", 0, "", DateTimeOffset.UnixEpoch.AddYears(50)), MessageSpool.Of(Encoding.Latin1.GetBytes(text)), Refusal: null))], Cancel);
        await using var source = new TryingSource((IMailboxReader)inner);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        Assert.Equal((3, 0), Counts(await CopyAsync(source, target)));
        Assert.Equal(3, source.Reads);
        Assert.Equal((0, 3), Counts(await CopyAsync(source, target)));
        Assert.Equal(3, source.Reads);
    }

    // An mbox file has LF at the end of a line, and what stands before it is CR LF to a reader.
    [Theory]
    [InlineData("Subject: 1\r\n\r\na\r\r\nb\r\n", false)]
    [InlineData("Subject: 1\r\n\r\na\r", false)]
    [InlineData("Subject: 1\r\n\r\na\rb\r\n\rc\r\n", true)]
    public async Task Mbox_refuses_what_it_could_not_give_back(string message, bool isKept)
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = MboxMailboxEnd.Open("target", Folder.Of("to"), dialect: null, isMade: true);
        await AddAsync(source, message, Message("2"));
        var result = await CopyAsync(source, target);
        Assert.Equal((isKept ? "Completed" : "CompletedWithWarnings", isKept ? 2 : 1, isKept ? 0 : 1), (result.Status, result.Copied, result.Refused));
        Assert.All(result.RefusedMessages, one => Assert.Contains("CR", one.Reason, StringComparison.Ordinal));
        File.Delete(Folder.Of("journal"));
        Assert.Equal((0, isKept ? 2 : 1), Counts(await CopyAsync(source, target)));
    }

    [Fact]
    public async Task Dovecot_reads_a_file_as_it_was_written_and_the_other_way_round()
    {
        await using var from = await PrivateDovecot.StartAsync("mail_plugins = listescape");
        await FillAsync(from);
        await using var source = End(from);
        var box = Folder.Of("INBOX.mbox");
        await using (var files = MboxMailboxEnd.Open("file", box, dialect: null, isMade: true))
            Assert.Equal("", ErrorsOf(await CopyAsync(source, files, options => options with { IsWanted = path => path == "INBOX" })));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var path in new[] { Folder.Path, box })
                File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        }

        await using var peer = await PrivateDovecot.StartAsync($"mail_location = mbox:{Folder.Of("peer")}:INBOX={box}\nmbox_write_locks = fcntl\nmail_access_groups = nogroup");
        await using var told = End(peer);
        await using var mine = MboxMailboxEnd.Open("file", box, dialect: null, isMade: false);
        await mine.ListAsync(Cancel);
        // Keywords it only knows from a field that its own first message has.
        Assert.Equal((await FlagsAsync(source)).Select(WithoutKeywords).Order(StringComparer.Ordinal), await FlagsAsync(told));

        // Dovecot writes its own fields into it, and adds one.
        await AddAsync(told, "INBOX", ["Subject: theirs\r\n\r\nFrom here\r\n"]);
        await using (var account = await ImapAccount.OpenAsync(Options(peer.ImapPort), TimeProvider.System, Cancel))
            await account.SetFlagsAsync("INBOX", [1, 2], ["\\Flagged", "$Theirs"], null, null, Cancel);
        var expected = await FlagsAsync(told);
        Assert.Equal(8, expected.Count);
        Assert.Equal(expected, await FlagsAsync(mine));
    }

    [Fact]
    public async Task Trees_of_other_programs_are_read()
    {
        Write("box/INBOX", Plain, "1");
        Write("box/Inbox.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->");
        Write("box/empty", "");
        Write("box/Work.sbd/Old.sbd/2024", Plain, "2");
        Write("box/Work", Plain, "3");
        Write("box/Apple.mbox/mbox", Plain, "4");
        Write("box/Takeout/All mail.mbox", Plain, "5");
        Write("box/notes.txt", "From nothing to everything is not a message, and Dear reader is no file of them.".Replace("From", "Out", StringComparison.Ordinal));
        Write("box/Work.lock", "123");
        Write("box/.hidden", Plain, "6");
        File.CreateSymbolicLink(Folder.Of("box/loop"), Folder.Of("box"));
        await using var end = MboxMailboxEnd.Open("box", Folder.Of("box"), dialect: null, isMade: false);
        var folders = await end.ListAsync(Cancel);
        Assert.Equal(["INBOX", "Apple", "Takeout/All mail", "Work", "Work/Old/2024", "empty"], folders.Select(folder => folder.Path));
        await using var maildir = await MailOps.Client.Migration.Maildirs.MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: true, Cancel);
        var result = await CopyAsync(end, maildir);
        Assert.Equal(("", 5), (ErrorsOf(result), result.Copied));
        Assert.Equal((0, 5), Counts(await CopyAsync(end, maildir)));
    }

    [Fact]
    public async Task A_file_of_which_nobody_noted_anything_has_the_date_of_its_header_and_lines_as_mail_has_them()
    {
        Write("eml/a.eml", "Received: from x by y; Sat, 3 Feb 2024 04:05:06 +0100\nReceived: from w by x; Fri, 2 Feb 2024 04:05:06 +0100\nDate: Thu, 1 Feb 2024 00:00:00 +0000\n\nx\ny\n");
        Write("eml/b.EML", "Date: Thu, 1 Feb 2024 00:00:00 +0000\r\n\r\nas it came\n");
        Write("eml/c.eml", "no header");
        Write("eml/Sub/d.eml", "");
        Write("eml/Sub/e.txt", "Subject: none\n\n");
        Write("eml/.hidden/f.eml", "Subject: none\n\n");
        Write("eml/g.eml.part", "Subject: none\n\n");
        File.CreateSymbolicLink(Folder.Of("eml/h.eml"), "/etc/passwd");
        await using var end = EmlMailboxEnd.Open("eml", Folder.Of("eml"), isMade: false);
        Assert.Equal(["INBOX", "Sub"], (await end.ListAsync(Cancel)).Select(folder => folder.Path));
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        var seen = new List<string>();
        await foreach (var entries in opened.ListAsync(Cancel))
        {
            await foreach (var message in opened.ReadAsync(entries, Cancel))
            {
                using var text = new MemoryStream();
                using (message)
                    await message.Octets!.WriteToAsync(text, Cancel);
                seen.Add(string.Create(CultureInfo.InvariantCulture, $"{message.Entry.Arrived:yyyy-MM-ddTHH:mm:sszzz} {Encoding.UTF8.GetString(text.ToArray()).Split("\r\n\r\n")[^1]}"));
            }
        }

        Assert.Equal(["2024-02-03T04:05:06+01:00 x\r\ny\r\n", "2024-02-01T00:00:00+00:00 as it came\n", " no header"], seen);
    }

    [Fact]
    public async Task A_file_that_is_changed_while_it_is_read_is_not_copied_wrongly()
    {
        Write("box", Plain + Plain, "1");
        await using var end = MboxMailboxEnd.Open("box", Folder.Of("box"), dialect: null, isMade: false);
        await end.ListAsync(Cancel);
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        var entries = await opened.ListAsync(Cancel).FirstAsync(Cancel);
        using (var file = new FileStream(Folder.Of("box"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            file.Write(Encoding.ASCII.GetBytes(string.Format(CultureInfo.InvariantCulture, Plain + Plain, "2")));
        var error = await Assert.ThrowsAsync<IOException>(async () => await opened.ReadAsync(entries, Cancel).FirstAsync(Cancel));
        Assert.Equal($"{Folder.Of("box")} was changed by another program while it was read. Run it again.", error.Message);
    }

    [Fact]
    public async Task One_file_has_no_room_for_folders()
    {
        await using var source = await MailOps.Client.Migration.Maildirs.MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: true, Cancel);
        await AddAsync(source, Message("1"));
        await source.CreateAsync("Work", use: null, Cancel);
        await AddAsync(source, "Work", [Message("2")]);
        await using var end = MboxMailboxEnd.Open("mbox:all.mbox", Folder.Of("all.mbox"), dialect: null, isMade: true);
        var result = await CopyAsync(source, end);
        Assert.Equal(("Failed", 1, "mbox:all.mbox is one file, which is the inbox: there is no place for the folder 'Work'. Give a folder, or leave that one out."), (result.Status, result.Copied, ErrorsOf(result)));
        Assert.Equal(["all.mbox", "journal", "maildir"], Directory.GetFileSystemEntries(Folder.Path).Select(Path.GetFileName).Where(name => !name!.Contains('-', StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(MailboxKind.Mbox)]
    [InlineData(MailboxKind.Eml)]
    public async Task Folders_that_are_called_as_files_of_messages_come_back_as_they_were(MailboxKind kind)
    {
        string[] names = ["INBOX", "a", "a.mbox", "a.mbox/b", "a.mbox/mbox", "a.sbd", "a.sbd/b", "a/b.mbox", "a/b.mbox/mbox"];
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        foreach (var (i, name) in names.Index())
        {
            if (i > 0)
                await source.CreateAsync(source.NameOf(name.Split('/')), use: null, Cancel);
            await AddAsync(source, source.NameOf(name.Split('/')), [Message($"{i}")]);
        }

        await using (var files = Files(kind, dialect: null, isMade: true))
            Assert.Equal(("", names.Length), (ErrorsOf(await CopyAsync(source, files)), (await files.ListAsync(Cancel)).Count));
        await using var back = Files(kind, dialect: null, isMade: false);
        await using var again = await MaildirMailboxEnd.OpenAsync("again", Folder.Of("again"), isMade: true, Cancel);
        var result = await CopyAsync(back, again);
        Assert.Equal(("", names.Length), (ErrorsOf(result), result.Copied));
        Assert.Equal(names.Order(StringComparer.Ordinal), result.Folders.Where(folder => folder.Copied == 1).Select(folder => folder.Folder).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(MailboxKind.Mbox)]
    [InlineData(MailboxKind.Eml)]
    public async Task A_target_that_was_deleted_is_filled_again(MailboxKind kind)
    {
        await using var source = await MailOps.Client.Migration.Maildirs.MaildirMailboxEnd.OpenAsync("maildir", Folder.Of("maildir"), isMade: true, Cancel);
        await AddAsync(source, Message("1"), Message("1"), Message("2"));
        await using (var files = Files(kind, dialect: null, isMade: true))
            Assert.Equal((3, 0), Counts(await CopyAsync(source, files)));
        Directory.Delete(Folder.Of("files"), recursive: true);
        await using (var files = Files(kind, dialect: null, isMade: true))
            Assert.Equal((3, 0), Counts(await CopyAsync(source, files)));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("Wörk 深い", "Wörk 深い")]
    [InlineData("a/b\\c:d*e?f\"g<h>i|j%k", "a%2Fb%5Cc%3Ad%2Ae%3Ff%22g%3Ch%3Ei%7Cj%25k")]
    [InlineData("..", "%2E%2E")]
    [InlineData(".hidden", "%2Ehidden")]
    [InlineData(" ends. ", " ends.%20")]
    [InlineData("ends.", "ends%2E")]
    [InlineData("CON", "%43ON")]
    [InlineData("nul.mbox", "%6Eul%2Embox")]
    [InlineData("x.MBOX", "x%2EMBOX")]
    [InlineData("x.mbox.old", "x.mbox.old")]
    [InlineData("x.sbd", "x%2Esbd")]
    [InlineData("a\u0001\u007f\u0085", "a%01%7F%85")]
    [InlineData("100%25", "100%2525")]
    public void Names_of_folders_become_names_of_files_and_come_back(string level, string name)
    {
        Assert.Equal(name, FolderFileName.Encode(level));
        Assert.Equal(level, FolderFileName.Decode(name));
    }

    [Theory]
    [InlineData("100%25 sure%2")]
    [InlineData("%41")]
    [InlineData("%2e")]
    public void What_another_program_called_so_is_called_so(string name) => Assert.Equal(name, FolderFileName.Decode(name));

    [Fact]
    public void Any_name_comes_back_and_leads_nowhere_else()
    {
        Gen.String[Gen.OneOf(Gen.Char["./\\ %:~CONx"], Gen.Char), 1, 50].Sample(level =>
        {
            var name = FolderFileName.Encode(level);
            Assert.Equal(level, FolderFileName.Decode(name));
            Assert.DoesNotContain(name, c => c is '/' or '\\' || char.IsControl(c));
            Assert.False(name.StartsWith('.') || name.EndsWith('.') || name.EndsWith(' '));
        }, iter: 20_000);
    }

    [Fact]
    public void A_long_name_is_cut_and_stays_one_of_its_own()
    {
        var (one, other) = (FolderFileName.Encode(new string('深', 300)), FolderFileName.Encode(new string('深', 301)));
        Assert.InRange(Encoding.UTF8.GetByteCount(one), 100, 180);
        Assert.NotEqual(one, other);
    }

    private static string WithoutKeywords(string text) => text.Replace("$Forwarded NonJunk ", "", StringComparison.Ordinal);

    private FileMailboxEnd Files(MailboxKind kind, MboxDialect? dialect, bool isMade) => kind is MailboxKind.Mbox
        ? MboxMailboxEnd.Open("files", Folder.Of("files"), dialect, isMade)
        : EmlMailboxEnd.Open("files", Folder.Of("files"), isMade);

    private void Write(string path, string text, string subject = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder.Of(path))!);
        File.WriteAllText(Folder.Of(path), text.Replace("{0}", subject, StringComparison.Ordinal));
    }

    private static async Task<(string Subscribed, string? Use)> NotesAsync(IMailboxReader end)
    {
        var folders = await end.ListAsync(Cancel);
        return (string.Join(' ', folders.Where(folder => folder.IsSubscribed).Select(folder => folder.Path)), folders.Single(folder => folder.SpecialUse is not null).SpecialUse);
    }

    // Dovecot has no field for the messages themselves, and takes none away: the canonical content is what counts.
    private static async Task<List<string>> FlagsAsync(IMailboxReader end)
    {
        await end.ListAsync(Cancel);
        var contents = new List<string>();
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        await foreach (var entries in opened.ListAsync(Cancel))
        {
            await foreach (var message in opened.ReadAsync(entries, Cancel))
            {
                using (message)
                {
                    var compared = await ComparedMessage.OfAsync(message.Entry, message.Octets!, Cancel);
                    contents.Add($"{compared.Canonical} {message.Entry.Flags}");
                }
            }
        }

        contents.Sort(StringComparer.Ordinal);
        return contents;
    }
}
