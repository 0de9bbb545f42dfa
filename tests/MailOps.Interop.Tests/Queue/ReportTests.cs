using System.Globalization;
using System.Net;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Queue;

/// <summary>
/// A report about mail that Postfix refused goes back through Postfix to its sender there, where three who know reports read it: MimeKit,
/// flufl.bounce, which takes the dead addresses out of mailing lists, and mutt, which people read it in.
/// </summary>
public sealed class ReportTests
{
    private const string Scan = """
        import email, sys
        from flufl.bounce import scan_message
        with open(sys.argv[1], 'rb') as file:
            print(b' '.join(sorted(scan_message(email.message_from_binary_file(file)))).decode())
        """;

    private readonly PrivateFolder _folder = new();

    [Theory]
    [InlineData("nobody@there.test", "")]
    [InlineData("n\u00f6body@there.test", " SMTPUTF8")]
    public async Task A_report_is_understood_by_those_who_read_reports(string recipient, string parameters)
    {
        using var folder = _folder;
        PrivateFolder.RequireServer("postfix", "postfix");
        var mutt = Peers.Require("mutt", "mutt");
        var port = FreePort.Next();
        var postfix = new PostfixInstance(folder);
        try
        {
            await postfix.StartAsync(
                """
                myhostname = mx.there.test
                mynetworks =
                virtual_mailbox_domains = there.test
                virtual_mailbox_maps = inline:{ john@there.test=john/ }
                smtpd_relay_restrictions = reject_unauth_destination
                """,
                $"127.0.0.1:{port} inet n - n - - smtpd");
            await ListeningPorts.WaitForAsync(IPAddress.Loopback, port, () => postfix.Log);
            var file = await SendAsync(port, recipient, parameters, () => postfix.Log);

            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Contains("\nReturn-Path: <>\n", "\n" + text, StringComparison.Ordinal);
            var report = Assert.IsType<MultipartReport>((await MimeMessage.LoadAsync(file, TestContext.Current.CancellationToken)).Body);
            Assert.Equal("delivery-status", report.ReportType);
            var status = Assert.IsType<MessageDeliveryStatus>(report[1], exactMatch: false).StatusGroups[1];
            Assert.Equal(("failed", "5.1.1"), (status["Action"], status["Status"]));

            // The two know reports as they were before RFC 6533.
            if (parameters.Length == 0)
            {
                var scan = await PeerCommand.RunAsync(Peers.Require("python3", "python3"), ["-c", Scan, file]);
                Assert.Equal(recipient, scan.Output.Trim());
                var shown = await ShowAsync(mutt, file);
                Assert.Contains(recipient, shown, StringComparison.Ordinal);
                Assert.Contains("550 5.1.1", shown, StringComparison.Ordinal);
                Assert.Contains("Subject: a letter", shown, StringComparison.Ordinal);
            }
        }
        finally
        {
            await postfix.StopAsync();
        }
    }

    // Sends through this server, and waits for the report in the mailbox at Postfix.
    private async Task<string> SendAsync(int port, string recipient, string parameters, Func<string> log)
    {
        Assert.True(RouteTarget.TryParse(string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{port}"), out var target, out _));
        await using var server = await TestServer.StartAsync(options => options with
        {
            StorePath = _folder.Of("store"),
            HostName = "mx.here.test",
            Domains = ["here.test"],
            Capture = false,
            Outbound = new OutboundOptions { Enabled = true, RelayFrom = TrustedNetworks.Parse(["127.0.0.0/8"]), SmartHost = target },
        });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadLineAsync();
        await client.AskAsync("EHLO client");
        Assert.StartsWith("250 ", await client.AskAsync($"MAIL FROM:<john@there.test>{parameters}"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync($"From: <john@there.test>\r\nTo: <{recipient}>\r\nSubject: a letter\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        var mail = _folder.Of("mail/john/new");
        await Waiting.UntilAsync(() => Directory.Exists(mail) && Directory.GetFiles(mail).Length > 0, () => $"No report came to {mail}. {log()}");
        return Assert.Single(Directory.GetFiles(mail));
    }

    private async Task<string> ShowAsync(string mutt, string file)
    {
        var mailbox = _folder.Of("shown/box");
        foreach (var part in new[] { "new", "cur", "tmp" })
            Directory.CreateDirectory(Path.Join(mailbox, part));
        File.Copy(file, Path.Join(mailbox, "new", Path.GetFileName(file)));
        var shown = _folder.Of("shown/text");
        var configuration = _folder.Write("shown/muttrc", $"""
            set folder="{mailbox}"
            set wait_key=no
            set pipe_decode=yes
            set quit=yes
            set move=no
            set record=""
            push "<first-entry><pipe-message>cat > {shown}<enter><quit>"

            """);
        var run = await PeerCommand.RunAsync(
            "/usr/bin/script",
            ["-qec", $"'{mutt}' -n -F '{configuration}' -f '{mailbox}'", "/dev/null"],
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder.Of("shown"), ["TERM"] = "xterm", ["COLUMNS"] = "80", ["LINES"] = "24" });
        Assert.True(File.Exists(shown), run.Output + run.Error);
        return await File.ReadAllTextAsync(shown, TestContext.Current.CancellationToken);
    }
}
