using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>
/// offlineimap keeps Maildirs and mailboxes equal, here through a compressed connection. TLS comes first: after STARTTLS its library at times
/// waits for a record behind the session tickets of TLS 1.3 before it has sent its next command, and goes no further.
/// </summary>
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
        await SyncScene.EqualAsync(server, near);

        await SyncScene.ChangeAsync(server, near);
        await SyncAsync();
        await SyncScene.CheckAsync(server, near);

        // A third time nothing is left to do.
        var (stores, appends, files) = (server.Count("UID STORE"), server.Count("APPEND"), near.Files());
        await SyncAsync();
        Assert.Equal((stores, appends), (server.Count("UID STORE"), server.Count("APPEND")));
        Assert.Equal(files, near.Files());
        Assert.NotEqual(0, server.Count("COMPRESS"));
        server.CameByTls();
        server.NothingFaulted();

        async Task SyncAsync() => (await server.RunAsync(Peers.Require("offlineimap", "offlineimap3"), ["-c", settings, "-o"])).Succeeded();
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
            await Waiting.UntilAsync(() => near.Shown("INBOX").Length == 2, () => "What was delivered is not fetched.");
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
        remoteport = {server.TlsPort}
        remoteuser = {ClientServer.Account}
        remotepass = {ClientServer.Password}
        ssl = yes
        starttls = no
        sslcacertfile = {server.CertificateFile}
        usecompression = yes
        {idle}
        """));
}
