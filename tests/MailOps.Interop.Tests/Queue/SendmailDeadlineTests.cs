using System.Globalization;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Queue;

/// <summary>DELIVERBY (RFC 2852) with a sendmail before and behind this server.</summary>
public sealed class SendmailDeadlineTests : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly ScriptedPeer _last = ScriptedPeer.Start(LastAsync);
    private TestServer? _server;
    private NeighbourSendmail? _sendmail;

    private string[] Inbox => Directory.Exists(_folder.Of("store/mail/here.test/ann/new")) ? Directory.GetFiles(_folder.Of("store/mail/here.test/ann/new")) : [];

    public async ValueTask DisposeAsync()
    {
        if (_sendmail is not null)
            await _sendmail.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        await _last.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Sendmail_passes_on_what_is_left_and_its_reports_and_ours_tell_the_same_of_a_trace()
    {
        var (ours, _) = await StartAsync();
        await SendAsync(ours, "bob@out.test", "BY=300;RT");
        Assert.InRange(await SecondsAsync("RT"), 1, 300);

        await UntilAsync(() => Inbox.Length == 2, $"two reports");
        var statuses = Inbox.Select(file => MimeMessage.Load(file)).Select(report => Assert.Single(report.BodyParts.OfType<MessageDeliveryStatus>()).StatusGroups).ToList();
        Assert.Equal(["mx.here.test", "mx.sendmail.test"], statuses.Select(groups => groups[0]["Reporting-MTA"]!.Split(';')[1].Trim()).Order(StringComparer.Ordinal));
        Assert.All(statuses, groups => Assert.StartsWith("relayed", groups[1]["Action"], StringComparison.Ordinal));
        Assert.All(statuses, groups => Assert.NotNull(groups[0]["Deliver-By-Date"]));
    }

    [Fact]
    public async Task Sendmail_is_given_nothing_that_has_less_than_its_least_time()
    {
        var (ours, _) = await StartAsync();
        await SendAsync(ours, "bob@out.test", "BY=30;R");
        var tried = await _server!.WaitForAsync<OutboundTried>();
        Assert.Equal(OutboundOutcome.Failed, tried.Outcome);
        Assert.Matches("^554 5.4.7 Delivery time expired: (30|2[0-9]) seconds are left, and the next server asks for 60 at least$", tried.Reply);
        await UntilAsync(() => Inbox.Length == 1, "a report");
    }

    [Fact]
    public async Task What_sendmail_passes_on_is_passed_on_by_us()
    {
        var (_, theirs) = await StartAsync();
        await SendAsync(theirs, "bob@back.test", "BY=300;R");
        Assert.InRange(await SecondsAsync("R"), 1, 300);
        await SendAsync(theirs, "bob@back.test", "BY=-5;N");
        Assert.InRange(await SecondsAsync("N"), int.MinValue, -5);
    }

    private async Task<(int Ours, int Theirs)> StartAsync()
    {
        var theirs = FreePort.Next();
        _folder.Write("store/users", "ann@here.test:{PLAIN}secret::::::\n");
        _server = await TestServer.StartAsync(options => options with
        {
            StorePath = _folder.Of("store"),
            HostName = "mx.here.test",
            Domains = ["here.test"],
            Capture = false,
            Outbound = new OutboundOptions
            {
                Enabled = true,
                RelayFrom = TrustedNetworks.Loopback,
                Routes = new OutboundOptions().Routes.Add("out.test", At(theirs)).Add("back.test", At(_last.Port)),
            },
        });
        var ours = _server.Port(MailProtocol.Smtp);
        _sendmail = await NeighbourSendmail.StartAsync(theirs, new Dictionary<string, int>(StringComparer.Ordinal) { ["out.test"] = _last.Port, ["back.test"] = ours, ["here.test"] = ours });
        return (ours, theirs);
    }

    private static async Task SendAsync(int port, string recipient, string parameter)
    {
        await using var client = await LineClient.ConnectAsync(port);
        await client.ReadReplyAsync();
        foreach (var line in new[] { "EHLO a.test", $"MAIL FROM:<ann@here.test> {parameter}", $"RCPT TO:<{recipient}>" })
            Assert.StartsWith("250", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("From: ann@here.test\r\nSubject: x\r\n\r\nbody\r\n."), StringComparison.Ordinal);
    }

    /// <summary>The seconds that the last server was told, in a mode.</summary>
    private async Task<int> SecondsAsync(string mode)
    {
        string? Found() => _last.Received.Split("\r\n").FirstOrDefault(line => line.StartsWith("MAIL", StringComparison.OrdinalIgnoreCase) && line.Split(' ').Any(word => word.StartsWith("BY=", StringComparison.Ordinal) && word.EndsWith($";{mode}", StringComparison.Ordinal)));
        await UntilAsync(() => Found() is not null, $"a message with ;{mode}");
        var value = Found()!.Split(' ').First(word => word.StartsWith("BY=", StringComparison.Ordinal))[3..];
        return int.Parse(value[..value.IndexOf(';', StringComparison.Ordinal)], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    /// <summary>A server that takes all, and knows deadlines.</summary>
    private static async Task LastAsync(ScriptedPeer.Conversation server)
    {
        await server.SayAsync("220 last.test ESMTP");
        while (await server.HearLineAsync() is { } line)
        {
            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO":
                    await server.SayAsync("250-last.test\r\n250-DSN\r\n250 DELIVERBY");
                    break;
                case "DATA":
                    await server.SayAsync("354 Go on");
                    await server.HearUntilAsync(".");
                    await server.SayAsync("250 2.0.0 Ok: taken");
                    break;
                case "QUIT":
                    await server.SayAsync("221 2.0.0 Bye");
                    return;
                default:
                    await server.SayAsync("250 2.0.0 Ok");
                    break;
            }
        }
    }

    private static RouteTarget At(int port) =>
        RouteTarget.TryParse(string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{port}"), out var target, out var error) ? target : throw new InvalidOperationException(error);

    private Task UntilAsync(Func<bool> holds, string what) => Waiting.UntilAsync(holds, () => $"Never came: {what}. {_sendmail?.Log}");
}
