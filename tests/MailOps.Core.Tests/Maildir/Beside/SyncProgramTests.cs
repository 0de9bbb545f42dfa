using System.Globalization;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>Maildirs that mbsync and offlineimap keep in step with a server: what the store does in them reaches the server when they run again.</summary>
public sealed class SyncProgramTests
{
    [Fact]
    public async Task A_Maildir_of_mbsync_is_changed_and_mbsync_carries_the_changes_to_the_server()
    {
        var mbsync = Peers.Require("mbsync", "isync");
        await using var server = await ServerAsync();
        using var maildir = new OtherMaildir();
        var settings = maildir.Write("mbsyncrc", string.Create(CultureInfo.InvariantCulture, $"""
            IMAPAccount server
            Host 127.0.0.1
            Port {server.ImapPort}
            User john
            Pass summersun
            SSLType None
            AuthMechs LOGIN

            IMAPStore far
            Account server

            MaildirStore near
            Inbox {maildir.Path}
            SubFolders Maildir++

            Channel all
            Far :far:
            Near :near:
            Patterns *
            Create Both
            Expunge Both
            SyncState *

            """));
        await SyncAsync();
        Assert.All(maildir.Files(), name => Assert.Contains(",U=", name, StringComparison.Ordinal));
        await using (var ours = await maildir.OpenAsync())
        {
            Assert.Equal(["INBOX", "Work"], (await ours.Account.ListAsync(CancellationToken.None)).Select(info => info.Name));
            Assert.Equal(["one", "two", "three"], (await OtherMaildir.ShownAsync(ours.Account, "INBOX")).Select(line => line.Split(' ')[1]).OrderBy(subject => Array.IndexOf(["one", "two", "three"], subject)));
            await OtherMaildir.StoreAsync(ours.Account, "INBOX", "one", "\\Seen", "\\Flagged");
            await OtherMaildir.MoveAsync(ours.Account, "INBOX", "two", "Work");
            await OtherMaildir.RemoveAsync(ours.Account, "INBOX", "three");
            await OtherMaildir.AppendAsync(ours, "Work", "ours", "\\Answered");
        }

        await SyncAsync();
        Assert.Equal(["one \\Flagged \\Seen"], await OnServerAsync(server, "INBOX"));
        Assert.Equal(["ours \\Answered", "two "], await OnServerAsync(server, "Work"));

        // And back: what the server's side changes is seen here; nothing is doubled by the names that mbsync gave.
        await using (var talk = await ImapTalk.LoginAsync(server.ImapPort, "john", "summersun"))
        {
            await talk.AskAsync("SELECT Work");
            await talk.AskAsync("STORE 1:* +FLAGS (\\Draft)");
        }

        await SyncAsync();
        await using var again = await maildir.OpenAsync();
        Assert.Equal(["one \\Flagged \\Seen"], Unnumbered(await OtherMaildir.ShownAsync(again.Account, "INBOX")));
        Assert.Equal(["ours \\Answered \\Draft", "two \\Draft"], Unnumbered(await OtherMaildir.ShownAsync(again.Account, "Work")));

        async Task SyncAsync()
        {
            var said = (await PeerCommand.RunAsync(mbsync, ["-c", settings, "-a"])).Succeeded();
            Assert.DoesNotContain("rror", said.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Maildirs_of_offlineimap_are_changed_and_offlineimap_carries_the_changes_to_the_server()
    {
        var offlineimap = Peers.Require("offlineimap", "offlineimap3");
        await using var server = await ServerAsync();
        using var maildir = new OtherMaildir();
        var settings = maildir.Write("offlineimaprc", string.Create(CultureInfo.InvariantCulture, $"""
            [general]
            accounts = a
            metadata = {maildir.Of("metadata")}
            ui = quiet
            [Account a]
            localrepository = near
            remoterepository = far
            [Repository near]
            type = Maildir
            localfolders = {maildir.Path}
            [Repository far]
            type = IMAP
            remotehost = 127.0.0.1
            remoteport = {server.ImapPort}
            remoteuser = john
            remotepass = summersun
            ssl = no
            starttls = no
            auth_mechanisms = LOGIN
            """));
        await SyncAsync();
        Assert.All(maildir.Files("INBOX"), name => Assert.Matches(",U=[0-9]+,FMD5=", name));
        await using (var ours = await maildir.OpenAsync("INBOX"))
        {
            Assert.Equal(["one", "three", "two"], Unnumbered(await OtherMaildir.ShownAsync(ours.Account, "INBOX")).Select(line => line.Trim()));
            await OtherMaildir.StoreAsync(ours.Account, "INBOX", "one", "\\Seen", "\\Flagged", "\\Answered");
            await OtherMaildir.RemoveAsync(ours.Account, "INBOX", "three");
            await OtherMaildir.AppendAsync(ours, "INBOX", "ours", "\\Draft");
        }

        await SyncAsync();
        Assert.Equal(["one \\Answered \\Flagged \\Seen", "ours \\Draft", "two "], await OnServerAsync(server, "INBOX"));
        await using var again = await maildir.OpenAsync("INBOX");
        Assert.Equal(["one \\Answered \\Flagged \\Seen", "ours \\Draft", "two "], Unnumbered(await OtherMaildir.ShownAsync(again.Account, "INBOX")));

        async Task SyncAsync() => (await PeerCommand.RunAsync(offlineimap, ["-c", settings, "-o"])).Succeeded();
    }

    private static async Task<PrivateDovecot> ServerAsync()
    {
        var server = await PrivateDovecot.StartAsync();
        foreach (var (number, subject) in new[] { (1, "one"), (2, "two"), (3, "three") })
            server.Put(number, $"From: a@example.org\nMessage-ID: <{subject}@example.org>\nSubject: {subject}\n\nbody\n");
        await using var talk = await ImapTalk.LoginAsync(server.ImapPort, "john", "summersun");
        await talk.AskAsync("CREATE Work");
        return server;
    }

    private static async Task<List<string>> OnServerAsync(PrivateDovecot server, string mailbox)
    {
        await using var talk = await ImapTalk.LoginAsync(server.ImapPort, "john", "summersun");
        await talk.AskAsync("EXAMINE " + mailbox);
        var found = new List<string>();
        foreach (var one in (await talk.AskAsync("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")).Of("FETCH"))
        {
            var items = (List<object>)one[2];
            var flags = ((List<object>)items[items.IndexOf("FLAGS") + 1]).Cast<string>().Where(flag => flag != "\\Recent").Order(StringComparer.Ordinal);
            found.Add(((string)items[^1]).Trim()["Subject: ".Length..] + " " + string.Join(' ', flags));
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static List<string> Unnumbered(List<string> shown) => [.. shown.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal)];
}
