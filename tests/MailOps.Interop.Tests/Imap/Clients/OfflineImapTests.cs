using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>offlineimap keeps Maildirs and mailboxes equal, here through a compressed connection.</summary>
public sealed class OfflineImapTests
{
    [Fact]
    public async Task Offlineimap_keeps_both_sides_equal()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", Enumerable.Range(1, 100).Select(i => ($"in {i:D3}", i % 3 == 0 ? MessageFlags.Seen : MessageFlags.None)));
        await server.PutAsync("Entwürfe", Enumerable.Range(1, 50).Select(i => ($"draft {i:D3}", MessageFlags.Draft)));
        await server.PutAsync("Work/Done", Enumerable.Range(1, 50).Select(i => ($"work {i:D3}", MessageFlags.Answered | MessageFlags.Seen)));
        var near = new LocalMaildirs(server.Home, "near");
        var settings = Settings(server, near);
        await SyncAsync();
        Assert.Equal(200, near.Names().Sum(name => near.Shown(name).Length));
        await EqualAsync();

        // On the server: flags, a deletion, a move, a new message, a new mailbox.
        using (var client = await server.ConnectAsync())
        {
            var inbox = client.Inbox;
            await inbox.OpenAsync(FolderAccess.ReadWrite);
            await inbox.AddFlagsAsync([0, 1], MessageFlags.Flagged, silent: true);
            await inbox.RemoveFlagsAsync(2, MessageFlags.Seen, silent: true);
            await inbox.AddFlagsAsync(3, MessageFlags.Deleted, silent: true);
            await inbox.ExpungeAsync();
            await inbox.MoveToAsync(3, await client.GetFolderAsync("Work/Done"));
            await ClientServer.AppendAsync(inbox, [("from the server", MessageFlags.Flagged)]);
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
        var there = await server.ShownAsync("INBOX");
        Assert.Equal(100 - 3 + 2, there.Length);
        Assert.Contains("in 001 \\Flagged", there);
        Assert.Contains("in 003", there);
        Assert.Contains("in 010 \\Answered \\Flagged \\Seen", there);
        Assert.Contains("from here \\Seen", there);
        Assert.Contains("from the server \\Flagged", near.Shown("INBOX"));
        var work = await server.ShownAsync("Work/Done");
        Assert.Contains("in 005", work);
        Assert.Contains("in 011", work);
        Assert.Contains("draft 001", await server.ShownAsync("Entwürfe"));
        Assert.Equal(49, near.Shown("Entw&APw-rfe").Length);
        Assert.Equal(["new here \\Flagged"], await server.ShownAsync("Here"));
        Assert.Equal(["new there \\Seen"], near.Shown("Gr&APYA3w-e"));

        // A third time nothing is left to do.
        var (stores, appends, files) = (server.Count("UID STORE"), server.Count("APPEND"), near.Files());
        await SyncAsync();
        Assert.Equal((stores, appends), (server.Count("UID STORE"), server.Count("APPEND")));
        Assert.Equal(files, near.Files());
        Assert.NotEqual(0, server.Count("COMPRESS"));
        server.CameByTls();
        server.NothingFaulted();

        async Task SyncAsync() => (await server.RunAsync(Peers.Require("offlineimap", "offlineimap3"), ["-c", settings, "-o"])).Succeeded();

        async Task EqualAsync()
        {
            foreach (var (far, here) in new[] { ("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("Work/Done", "Work/Done") })
                Assert.Equal((await server.ShownAsync(far)).Order(StringComparer.Ordinal), near.Shown(here));
        }
    }

    [Fact]
    public async Task Offlineimap_in_IDLE_fetches_what_is_delivered_by_SMTP()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("before", MessageFlags.Seen));
        var near = new LocalMaildirs(server.Home, "near");
        var settings = Settings(server, near, autoRefresh: "autorefresh = 5", idle: "idlefolders = ['INBOX']");
        await using (await PeerProcess.StartAsync(Peers.Require("offlineimap", "offlineimap3"), ["-c", settings]))
        {
            await server.WaitForAsync("IDLE");
            await server.DeliverAsync("told");
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (near.Shown("INBOX").Length < 2)
                await Task.Delay(50, patience.Token);
        }

        Assert.Equal(["before \\Seen", "told"], near.Shown("INBOX"));
        server.CameByTls();
        server.NothingFaulted();
    }

    private static string Settings(ClientServer server, LocalMaildirs near, string autoRefresh = "", string idle = "") => server.Home.WriteSecret("offlineimaprc", FormattableString.Invariant($"""
        [general]
        accounts = a
        metadata = {server.Home.Of("metadata")}
        ui = quiet
        [Account a]
        localrepository = near
        remoterepository = far
        {autoRefresh}
        [Repository near]
        type = Maildir
        localfolders = {near.Path}
        sep = /
        [Repository far]
        type = IMAP
        remotehost = localhost
        remoteport = {server.Port}
        remoteuser = {ClientServer.Account}
        remotepass = {ClientServer.Password}
        ssl = no
        starttls = yes
        sslcacertfile = {server.CertificateFile}
        usecompression = yes
        {idle}
        """));
}
