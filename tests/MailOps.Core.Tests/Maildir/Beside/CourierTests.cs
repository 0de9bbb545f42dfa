using System.Diagnostics;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>
/// Maildirs of Courier: made by its maildirmake, filled by its maildrop, and served by its imapd, which speaks to whoever starts it. Debian's
/// package of that cannot be installed beside Dovecot's; <c>.ci/run</c> unpacks it.
/// </summary>
public sealed class CourierTests
{
    private const string Unpacked = "courier-imap, which cannot be installed beside dovecot-imapd: apt-get download courier-imap && dpkg-deb -x courier-imap_*.deb /opt/courier-imap";

    [Fact]
    public async Task A_Maildir_of_Courier_opens_as_it_is_and_Courier_goes_on_in_it()
    {
        using var maildir = new OtherMaildir();
        await MakeAsync(maildir);
        await DropAsync(maildir, "", "one");
        await DropAsync(maildir, "", "two");
        await DropAsync(maildir, ".Archive.2026", "old");
        await using (var courier = await StartAsync(maildir))
        {
            await courier.AskAsync("SELECT INBOX");
            await courier.AskAsync("STORE 1 +FLAGS (\\Seen \\Answered $Label1)");
            await courier.AskAsync("SUBSCRIBE INBOX.Archive.2026");
            await courier.AskAsync("CREATE INBOX.Entw&APw-rfe");
            await courier.AskAsync("COPY 2 INBOX.Entw&APw-rfe");
            await courier.AskAsync("LOGOUT");
        }

        var subjects = await SubjectsAsync(maildir, "INBOX");
        var before = Directory.GetFiles(maildir.Path, "courier*").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToList();
        await using (var ours = await maildir.OpenAsync())
        {
            Assert.Equal(["INBOX", "Archive/2026", "Entwürfe"], (await ours.Account.ListAsync(CancellationToken.None)).Where(info => info.Exists).Select(info => info.Name));
            Assert.Equal([$"1 {subjects[1]} \\Answered \\Seen", $"2 {subjects[2]} "], await OtherMaildir.ShownAsync(ours.Account, "INBOX"));
            Assert.Equal(["1 old "], await OtherMaildir.ShownAsync(ours.Account, "Archive/2026"));
            Assert.Equal([$"1 {subjects[2]} "], await OtherMaildir.ShownAsync(ours.Account, "Entwürfe"));
            await OtherMaildir.StoreAsync(ours.Account, "INBOX", subjects[1], "\\Flagged", "\\Seen", "ours");
            await OtherMaildir.MoveAsync(ours.Account, "INBOX", subjects[2], "Archive/2026");
            await OtherMaildir.AppendAsync(ours, "INBOX", "appended", "\\Draft");
            Assert.Equal(MailOps.Maildir.MailboxOutcome.Done, await ours.Account.CreateAsync("Made", CancellationToken.None));
            await OtherMaildir.AppendAsync(ours, "Made", "in ours");
        }

        // Courier's own UIDs, keywords and subscriptions are as they were: it knows a message by the name, which flags do not change.
        Assert.Equal(before, Directory.GetFiles(maildir.Path, "courier*").Order(StringComparer.Ordinal).Select(File.ReadAllText));
        await using (var courier = await StartAsync(maildir))
        {
            Assert.Equal(["INBOX", "INBOX.Archive", "INBOX.Archive.2026", "INBOX.Entw&APw-rfe", "INBOX.Made"], (await courier.AskAsync("LIST \"\" *")).Of("LIST").Select(one => (string)one[3]).Order(StringComparer.Ordinal));
            await courier.AskAsync("SELECT INBOX");
            var seen = (await courier.AskAsync("FETCH 1:* (UID FLAGS RFC822.SIZE)")).Of("FETCH").Select(one => (List<object>)one[2]).ToList();
            Assert.Equal(2, seen.Count);
            Assert.Equal("1", seen[0][seen[0].IndexOf("UID") + 1]);
            Assert.Equal(["$Label1", "\\Flagged", "\\Seen"], ((List<object>)seen[0][seen[0].IndexOf("FLAGS") + 1]).Cast<string>().Where(flag => flag != "\\Recent").Order(StringComparer.Ordinal));
            Assert.Equal(["\\Draft"], ((List<object>)seen[1][seen[1].IndexOf("FLAGS") + 1]).Cast<string>().Where(flag => flag != "\\Recent"));

            // The message lies on the disk as it was sent. Courier takes each LF for a line's end that is yet to become CRLF: four octets more.
            Assert.Equal("52", seen[1][seen[1].IndexOf("RFC822.SIZE") + 1]);
            await courier.AskAsync("STORE 2 +FLAGS (\\Answered)");
            await courier.AskAsync("SELECT INBOX.Made");
            await courier.AskAsync("COPY 1 INBOX");
            await courier.AskAsync("LOGOUT");
        }

        await DropAsync(maildir, "", "three");
        Assert.Equal(["old", subjects[2]], (await SubjectsAsync(maildir, "INBOX.Archive.2026")).Values.Order(StringComparer.Ordinal));
        await using var again = await maildir.OpenAsync();
        Assert.Equal([$"1 {subjects[1]} \\Flagged \\Seen ours", "3 appended \\Answered \\Draft", "4 in ours ", "5 three "], await OtherMaildir.ShownAsync(again.Account, "INBOX"));
    }

    private static async Task MakeAsync(OtherMaildir maildir)
    {
        var make = Peers.Require("maildirmake.courier", "courier-base");
        await PrivateFolder.RunAsync(make, maildir.Path);
        await PrivateFolder.RunAsync(make, "-f", "Archive.2026", maildir.Path);
        Assert.True(File.Exists(Path.Join(maildir.Path, ".Archive.2026", "maildirfolder")));
    }

    // One second apart: Courier orders messages of the same second by their names as text, in which the microseconds have no zeros before them.
    private static async Task DropAsync(OtherMaildir maildir, string folder, string subject)
    {
        await Task.Delay(1000 - DateTime.UtcNow.Millisecond);
        var rules = maildir.Write("maildroprc", $"DEFAULT=\"{Path.Join(maildir.Path, folder)}\"\n");
        (await PeerCommand.RunAsync(Peers.Require("maildrop", "maildrop"), [rules], $"From: a@example.org\nSubject: {subject}\n\nbody\n")).Succeeded();
    }

    private static async Task<ImapTalk> StartAsync(OtherMaildir maildir)
    {
        var start = new ProcessStartInfo(Peers.Require("imapd", Unpacked), [maildir.Path]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in new[] { ("AUTHENTICATED", "john"), ("IMAP_CAPABILITY", "IMAP4rev1 UIDPLUS"), ("IMAP_KEYWORDS", "1") })
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var talk = new ImapTalk(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, process);
        Assert.StartsWith("* PREAUTH", await talk.GreetingAsync(), StringComparison.Ordinal);
        return talk;
    }

    /// <summary>Subjects by UID, as Courier has them.</summary>
    private static async Task<Dictionary<int, string>> SubjectsAsync(OtherMaildir maildir, string mailbox)
    {
        await using var courier = await StartAsync(maildir);
        await courier.AskAsync("SELECT " + mailbox);
        var subjects = new Dictionary<int, string>();
        foreach (var one in (await courier.AskAsync("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])")).Of("FETCH"))
        {
            var items = (List<object>)one[2];
            subjects.Add(int.Parse((string)items[items.IndexOf("UID") + 1], System.Globalization.CultureInfo.InvariantCulture), ((string)items[^1]).Trim()["Subject: ".Length..]);
        }

        await courier.AskAsync("LOGOUT");
        return subjects;
    }
}
