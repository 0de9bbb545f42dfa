using System.Globalization;
using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>mbsync keeps Maildirs and mailboxes equal; it pipelines its commands.</summary>
public sealed class MbsyncTests
{
    [Fact]
    public async Task Mbsync_keeps_both_sides_equal()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", Enumerable.Range(1, 100).Select(i => ($"in {i:D3}", i % 3 == 0 ? MessageFlags.Seen : MessageFlags.None)));
        await server.PutAsync("Entwürfe", Enumerable.Range(1, 50).Select(i => ($"draft {i:D3}", MessageFlags.Draft)));
        await server.PutAsync("Work/Done", Enumerable.Range(1, 50).Select(i => ($"work {i:D3}", MessageFlags.Answered | MessageFlags.Seen)));
        var near = new LocalMaildirs(server.Home, "near");
        var settings = server.Home.WriteSecret("mbsyncrc", string.Create(CultureInfo.InvariantCulture, $"""
            IMAPAccount server
            Host localhost
            Port {server.Port}
            User {ClientServer.Account}
            Pass {ClientServer.Password}
            SSLType STARTTLS
            CertificateFile {server.CertificateFile}

            IMAPStore far
            Account server

            MaildirStore near
            Path {near.Path}/
            Inbox {near.Of("INBOX")}
            SubFolders Verbatim

            Channel all
            Far :far:
            Near :near:
            Patterns *
            Create Both
            Remove Both
            Expunge Both
            CopyArrivalDate yes
            SyncState *

            """));

        await SyncAsync();
        Assert.Equal(["Entw&APw-rfe", "INBOX", "Work", "Work/Done"], near.Names());
        await EqualAsync();
        Assert.Equal(200, near.Names().Sum(name => near.Shown(name).Length));

        // On the server: flags, a deletion, a move, new messages, a new mailbox.
        await server.DoAsync("INBOX", async inbox =>
        {
            await inbox.AddFlagsAsync([0, 1], MessageFlags.Flagged, silent: true);
            await inbox.RemoveFlagsAsync(2, MessageFlags.Seen, silent: true);
            await inbox.AddFlagsAsync(3, MessageFlags.Deleted, silent: true);
            await inbox.ExpungeAsync();
        });
        using (var client = await server.ConnectAsync())
        {
            await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
            await client.Inbox.MoveToAsync(3, await client.GetFolderAsync("Work/Done"));
            await ClientServer.AppendAsync(client.Inbox, [("from the server", MessageFlags.Flagged)]);
        }

        await server.PutAsync("Größe", ("new there", MessageFlags.Seen));
        // And here.
        near.SetFlags("INBOX", "in 010", "FRS");
        near.SetFlags("Entw&APw-rfe", "draft 001", "");
        near.Remove("Entw&APw-rfe", "draft 002");
        near.Move("INBOX", "in 011", "Work/Done");
        near.Put("INBOX", ClientServer.Message("from here"), "S");
        near.Put("Here", ClientServer.Message("new here"), "F");

        await SyncAsync();
        await EqualAsync();
        Assert.Equal(["Entwürfe", "Größe", "Here", "INBOX", "Work", "Work/Done"], await server.MailboxesAsync());
        var inbox = await server.ShownAsync("INBOX");
        Assert.Equal(100 - 3 + 2, inbox.Length);
        Assert.Contains("in 001 \\Flagged", inbox);
        Assert.Contains("in 003", inbox);
        Assert.Contains("in 010 \\Answered \\Flagged \\Seen", inbox);
        Assert.Contains("from here \\Seen", inbox);
        Assert.Contains("from the server \\Flagged", near.Shown("INBOX"));
        var work = await server.ShownAsync("Work/Done");
        Assert.Contains("in 005", work);
        Assert.Contains("in 011", work);
        Assert.Contains("draft 001", await server.ShownAsync("Entwürfe"));
        Assert.Equal(49, near.Shown("Entw&APw-rfe").Length);
        Assert.Equal(["new here \\Flagged"], await server.ShownAsync("Here"));
        Assert.Equal(["new there \\Seen"], near.Shown("Gr&APYA3w-e"));

        // A third time nothing is left to do.
        var (stores, appends) = (server.Count("UID STORE"), server.Count("APPEND"));
        var files = near.Files();
        await SyncAsync();
        Assert.Equal((stores, appends), (server.Count("UID STORE"), server.Count("APPEND")));
        Assert.Equal(files, near.Files());

        // A mailbox that is removed there is removed here, once it is empty.
        near.Remove("Here", "new here");
        await SyncAsync();
        Assert.Empty(await server.ShownAsync("Here"));
        using (var client = await server.ConnectAsync())
            await (await client.GetFolderAsync("Here")).DeleteAsync();
        await SyncAsync();
        Assert.DoesNotContain("Here", near.Names());
        server.CameByTls();
        server.NothingFaulted();

        async Task SyncAsync()
        {
            var said = (await server.RunAsync(Peers.Require("mbsync", "isync"), ["-c", settings, "-a"])).Succeeded();
            Assert.Empty(said.Error);
        }

        async Task EqualAsync()
        {
            foreach (var (there, here) in new[] { ("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("Work/Done", "Work/Done") })
                Assert.Equal((await server.ShownAsync(there)).Order(StringComparer.Ordinal), near.Shown(here));
        }
    }
}
