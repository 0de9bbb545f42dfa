using MailKit;
using MailOps.Server.Connections;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>getmail takes mail out of mailboxes, and may put a copy of each message into another.</summary>
public sealed class GetmailTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Getmail_takes_messages_away_and_leaves_them_in_another_mailbox(bool tls)
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("Done");
        await server.PutAsync("Work", ("three", MessageFlags.None));
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.Flagged));
        var (program, arguments) = Getmail(server, tls, "INBOX", "Work");
        (await server.RunAsync(program, arguments)).Succeeded();
        Assert.Empty(await server.ShownAsync("INBOX"));
        Assert.Empty(await server.ShownAsync("Work"));
        Assert.Equal(["one", "two \\Flagged", "three"], await server.ShownAsync("Done"));
        var fetched = Directory.GetFiles(server.Home.Of("in/new")).Select(File.ReadAllText).ToList();
        Assert.Equal(3, fetched.Count);
        foreach (var subject in new[] { "one", "two", "three" })
            Assert.Single(fetched, text => text.Contains($"\n\nbody of {subject}\n", StringComparison.Ordinal));
        Assert.Equal(tls, server.Events.Any(happened => happened is TlsEstablished));
        server.NothingFaulted();
    }

    [Fact]
    public async Task Getmail_in_IDLE_takes_what_is_delivered_by_SMTP()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("Done");
        var (program, arguments) = Getmail(server, tls: false, "INBOX");
        await using (await PeerProcess.StartAsync(program, [.. arguments, "--idle", "INBOX"]))
        {
            await server.WaitForAsync("IDLE");
            await server.DeliverAsync("told");
            await server.WaitForAsync("EXPUNGE");
        }

        Assert.Contains("body of told", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(server.Home.Of("in/new")))), StringComparison.Ordinal);
        Assert.Equal(["told"], await server.ShownAsync("Done"));
        Assert.Empty(await server.ShownAsync("INBOX"));
        server.NothingFaulted();
    }

    private static (string Program, string[] Arguments) Getmail(ClientServer server, bool tls, params string[] mailboxes)
    {
        var program = Peers.Require("getmail", "getmail6");
        var safecat = Peers.Require("safecat", "safecat");
        Directory.CreateDirectory(server.Home.Of("in/tmp"));
        Directory.CreateDirectory(server.Home.Of("in/new"));
        // As root it delivers to no Maildir by itself.
        server.Home.Write("getmailrc", FormattableString.Invariant($"""
            [retriever]
            type = {(tls ? "SimpleIMAPSSLRetriever" : "SimpleIMAPRetriever")}
            server = localhost
            port = {(tls ? server.TlsPort : server.Port)}
            username = {ClientServer.Account}
            password = {ClientServer.Password}
            mailboxes = ({string.Concat(mailboxes.Select(mailbox => $"'{mailbox}', "))})
            move_on_delete = Done
            {(tls ? $"ca_certs = {server.CertificateFile}" : "")}

            [destination]
            type = MDA_external
            path = {safecat}
            arguments = ('{server.Home.Of("in/tmp")}', '{server.Home.Of("in/new")}')
            allow_root_commands = true

            [options]
            delete = true
            received = false
            """));
        return (program, ["--getmaildir", server.Home.Path, "--rcfile", "getmailrc"]);
    }
}
