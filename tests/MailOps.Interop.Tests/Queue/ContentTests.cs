using System.Globalization;
using System.Net;
using System.Text;
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
/// What a message holds is what its readers find behind Postfix, with all that it can do and with the least, behind Dovecot's LMTP, and behind
/// this server in both protocols: in chunks or with a dot at the end, as it is or converted for a server that takes seven bits.
/// </summary>
public sealed class ContentTests
{
    private const string Letter = "Grüße — an alle,\r\n.und ein Punkt\r\n..zwei Punkte\r\n.\r\nEnde\r\n";

    // Each octet, line ends that stand alone, dots, and a line that no server of text takes.
    private static readonly byte[] Octets = [.. Enumerable.Range(0, 256).Select(i => (byte)i), .. "\r\n.\r\n\n.\n\r.\r"u8, .. Enumerable.Repeat((byte)'x', 5000), 0, 255];

    private readonly PrivateFolder _folder = new();

    [Theory]
    [InlineData("postfix", "8BITMIME")]
    [InlineData("postfix", "BINARYMIME")]
    [InlineData("bare", "8BITMIME")]
    [InlineData("bare", "BINARYMIME")]
    [InlineData("dovecot", "8BITMIME")]
    [InlineData("dovecot", "BINARYMIME")]
    [InlineData("smtp", "8BITMIME")]
    [InlineData("smtp", "BINARYMIME")]
    [InlineData("lmtp", "8BITMIME")]
    [InlineData("lmtp", "BINARYMIME")]
    public async Task Readers_find_what_was_sent(string peer, string body)
    {
        using var folder = _folder;
        await using var next = await NextAsync(peer);
        await using var server = await StartAsync(next.Target);
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadLineAsync();
        await client.AskAsync("EHLO client");
        Assert.StartsWith("250 ", await client.AskAsync($"MAIL FROM:<ann@here.test> BODY={body}"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<john@there.test>"), StringComparison.Ordinal);
        var message = Message(isBinary: body == "BINARYMIME");
        await client.SendAsync($"BDAT {message.Length} LAST\r\n");
        await client.SendAsync(message);
        Assert.StartsWith("250 ", await client.ReadLineAsync(), StringComparison.Ordinal);

        var tried = await server.WaitForAsync<OutboundTried>();
        Assert.True(tried.Outcome is OutboundOutcome.Sent, tried.ToString());
        var file = await next.ArrivedAsync();
        var found = await MimeMessage.LoadAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(Letter, found.TextBody!.ReplaceLineEndings("\r\n"));
        if (body == "BINARYMIME")
        {
            using var decoded = new MemoryStream();
            await Assert.IsType<MimePart>(Assert.Single(found.Attachments), exactMatch: false).Content!.DecodeToAsync(decoded, TestContext.Current.CancellationToken);
            Assert.Equal(Octets, decoded.ToArray());
        }

        if (peer == "bare")
            Assert.All(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), octet => Assert.InRange(octet, 1, 127));
    }

    private static byte[] Message(bool isBinary)
    {
        var head = "From: <ann@here.test>\r\nTo: <john@there.test>\r\nSubject: content\r\nMIME-Version: 1.0\r\n";
        var letter = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + Letter;
        if (!isBinary)
            return Encoding.UTF8.GetBytes(head + letter);
        return
        [
            .. Encoding.UTF8.GetBytes(head + "Content-Type: multipart/mixed; boundary=limit\r\n\r\n--limit\r\n" + letter + "\r\n--limit\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=octets\r\nContent-Transfer-Encoding: binary\r\n\r\n"),
            .. Octets, .. "\r\n--limit--\r\n"u8,
        ];
    }

    private Task<TestServer> StartAsync(RouteTarget target) => TestServer.StartAsync(options => options with
    {
        StorePath = _folder.Of("store"),
        HostName = "mx.here.test",
        Domains = ["here.test"],
        Capture = false,
        Outbound = new OutboundOptions { Enabled = true, RelayFrom = TrustedNetworks.Parse(["127.0.0.0/8"]), SmartHost = target },
    });

    private async Task<NextPeer> NextAsync(string peer)
    {
        switch (peer)
        {
            case "postfix" or "bare":
                PrivateFolder.RequireServer("postfix", "postfix");
                var port = FreePort.Next();
                var postfix = new PostfixInstance(_folder);
                await postfix.StartAsync(
                    """
                    myhostname = mx.there.test
                    mynetworks =
                    virtual_mailbox_domains = there.test
                    virtual_mailbox_maps = static:john/
                    smtpd_relay_restrictions = reject_unauth_destination
                    """,
                    $"127.0.0.1:{port} inet n - n - - smtpd{(peer == "bare" ? " -o smtpd_discard_ehlo_keywords=8bitmime,chunking,pipelining,smtputf8" : "")}");
                await ListeningPorts.WaitForAsync(IPAddress.Loopback, port, () => postfix.Log);
                return new NextPeer(Target($"[127.0.0.1]:{port}"), _folder.Of("mail/john/new"), () => new ValueTask(postfix.StopAsync()));
            case "dovecot":
                var lmtp = FreePort.Next();
                var dovecot = await PrivateDovecot.StartAsync(string.Create(CultureInfo.InvariantCulture, $$"""
                    protocols = imap pop3 lmtp
                    auth_username_format = %Ln
                    service lmtp {
                      inet_listener lmtp {
                        address = 127.0.0.1
                        port = {{lmtp}}
                      }
                    }
                    """));
                await PrivateFolder.RunAsync("chown", "nobody:nogroup", dovecot.MailPath);
                return new NextPeer(Target($"lmtp:[127.0.0.1]:{lmtp}"), Path.Join(dovecot.MailPath, "new"), dovecot.DisposeAsync);
            default:
                var server = await TestServer.StartAsync(options => options with { Domains = ["there.test"] });
                return new NextPeer(Target(peer == "smtp" ? $"[127.0.0.1]:{server.Port(MailProtocol.Smtp)}" : $"lmtp:[127.0.0.1]:{server.Port(MailProtocol.Lmtp)}"), Path.Join(server.StorePath, "mail/there.test/john/new"), server.DisposeAsync);
        }
    }

    private static RouteTarget Target(string text) => RouteTarget.TryParse(text, out var target, out var error) ? target : throw new InvalidOperationException(error);

    private sealed class NextPeer(RouteTarget target, string mail, Func<ValueTask> stop) : IAsyncDisposable
    {
        public RouteTarget Target => target;

        public async Task<string> ArrivedAsync()
        {
            await Waiting.UntilAsync(() => Directory.Exists(mail) && Directory.GetFiles(mail).Length > 0, () => $"Nothing came to {mail}.");
            return Assert.Single(Directory.GetFiles(mail));
        }

        public ValueTask DisposeAsync() => stop();
    }
}
