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
        await SyncScene.EqualAsync(server, near);
        Assert.Equal(200, near.Names().Sum(name => near.Shown(name).Length));

        await SyncScene.ChangeAsync(server, near);
        await SyncAsync();
        await SyncScene.CheckAsync(server, near);

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
    }
}
