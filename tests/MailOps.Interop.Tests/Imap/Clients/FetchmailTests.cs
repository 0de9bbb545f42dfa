using System.Text;
using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>fetchmail takes the mail of an IMAP server away and hands each message to a program.</summary>
public sealed class FetchmailTests
{
    [Fact]
    public async Task Fetchmail_takes_messages_away_octet_by_octet()
    {
        await using var server = await ClientServer.StartAsync();
        var big = ClientServer.Message("big", text: ".dot\r\n..\r\ngrüße \t", size: 10 * 1024 * 1024);
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("read", MessageFlags.Seen));
        await using (var talk = await server.TalkAsync())
        {
            await talk.SendAsync(FormattableString.Invariant($"a append INBOX {{{big.Length}+}}\r\n"));
            await talk.SendAsync(big);
            await talk.SendAsync("\r\n");
            Assert.StartsWith("a OK", (await talk.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        }

        // Nothing but "no rewrite" and "invisible" keep it from writing into the headers.
        var (program, arguments) = Fetchmail(server, "fetchall no rewrite");
        (await server.RunAsync(program, arguments)).Succeeded();
        Assert.Empty(await server.ShownAsync("INBOX"));
        var fetched = Directory.GetFiles(server.Home.Of("new"));
        Assert.Equal(3, fetched.Length);
        var largest = fetched.MaxBy(path => new FileInfo(path).Length)!;
        // What a program is handed has the system's line ends.
        Assert.Equal(Encoding.UTF8.GetString(big).Replace("\r\n", "\n", StringComparison.Ordinal), await File.ReadAllTextAsync(largest));
        foreach (var subject in new[] { "one", "read" })
            Assert.Contains(fetched, path => File.ReadAllText(path).Contains($"body of {subject}\n", StringComparison.Ordinal));
        server.CameByTls();
        server.NothingFaulted();
    }

    [Fact]
    public async Task Fetchmail_leaves_what_it_is_to_keep_and_takes_only_what_is_new()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("old", MessageFlags.Seen), ("new", MessageFlags.None));
        var (program, arguments) = Fetchmail(server, "keep");
        (await server.RunAsync(program, arguments)).Succeeded();
        Assert.Contains("body of new", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(server.Home.Of("new")))), StringComparison.Ordinal);
        Assert.Equal(["old \\Seen", "new \\Seen"], await server.ShownAsync("INBOX"));
        // 1 means that there was no new mail.
        Assert.Equal(1, (await server.RunAsync(program, arguments)).ExitCode);
        server.CameByTls();
        server.NothingFaulted();
    }

    [Fact]
    public async Task Fetchmail_in_IDLE_takes_what_is_delivered_by_SMTP()
    {
        await using var server = await ClientServer.StartAsync();
        var (program, arguments) = Fetchmail(server, "idle");
        await using (var fetchmail = await PeerProcess.StartAsync(program, arguments))
        {
            await server.WaitForAsync("IDLE");
            await server.DeliverAsync("told");
            // It goes on waiting once it has taken the message away, which it does after the program has it.
            await server.WaitForAsync("EXPUNGE");
        }

        Assert.Contains("body of told", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(server.Home.Of("new")))), StringComparison.Ordinal);
        Assert.Empty(await server.ShownAsync("INBOX"));
        server.CameByTls();
        server.NothingFaulted();
    }

    private static (string Program, string[] Arguments) Fetchmail(ClientServer server, string how)
    {
        var program = Peers.Require("fetchmail", "fetchmail");
        var safecat = Peers.Require("safecat", "safecat");
        Directory.CreateDirectory(server.Home.Of("tmp"));
        Directory.CreateDirectory(server.Home.Of("new"));
        var settings = server.Home.WriteSecret("fetchmailrc", FormattableString.Invariant($"""
            set invisible
            poll localhost protocol imap port {server.Port} auth password
              user "{ClientServer.Account}" password {ClientServer.Password} {how}
              sslproto tls1.2+ sslcertck sslcertfile {server.CertificateFile} mda "{safecat} {server.Home.Of("tmp")} {server.Home.Of("new")}"

            """));
        return (program, ["-f", settings, "-i", server.Home.Of("fetchids"), "--pidfile", server.Home.Of("fetchmail.pid"), "--nosyslog"]);
    }
}
