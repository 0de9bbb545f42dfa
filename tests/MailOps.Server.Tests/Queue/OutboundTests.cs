using System.Globalization;
using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Mail for other servers, from a user's client to the next server.</summary>
public sealed class OutboundTests : IAsyncDisposable
{
    private readonly NextServer _next = new();
    private TestServer _server = null!;

    [Fact]
    public async Task What_a_user_submits_goes_to_the_next_server_with_our_trace_and_nothing_of_a_delivery()
    {
        await StartAsync();
        await using var client = await LogInAsync();
        var id = await SendAsync(client, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@B.example>");
        var tried = await _server.WaitForAsync<OutboundTried>();
        Assert.Equal((id, "ann@example.com", "bob@B.example", OutboundOutcome.Sent, "250 2.0.0 Ok: taken"), (tried.MessageId, tried.Sender, Assert.Single(tried.Recipients), tried.Outcome, tried.Reply));
        var message = Assert.Single(_next.Messages);
        Assert.StartsWith("Received: from a ([127.0.0.1])\r\n", message, StringComparison.Ordinal);
        Assert.Contains($" id {id}\r\n\tfor <bob@B.example>;", message, StringComparison.Ordinal);
        Assert.Contains("\r\nMessage-ID: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Return-Path", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipients_here_and_elsewhere_get_it_in_one_step_and_Return_Path_stays_here()
    {
        await StartAsync();
        await using var client = await LogInAsync();
        await SendAsync(client, "MAIL FROM:<ann@example.com> ENVID=E1", "RCPT TO:<bob@b.example>", "RCPT TO:<ann@example.com>", "RCPT TO:<carl@c.example>", "RCPT TO:<bob@b.example>");
        Assert.Equal(["bob@b.example", "carl@c.example"], (await _server.WaitForAsync<OutboundTried>()).Recipients);
        var message = Assert.Single(_next.Messages);
        Assert.StartsWith("Received: from a ", message, StringComparison.Ordinal);
        Assert.DoesNotContain(" for <", message, StringComparison.Ordinal);
        Assert.StartsWith("Return-Path: <ann@example.com>\r\nReceived:", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann@example.com", "bob@b.example", true)]
    [InlineData("ann@example.com", "bob@routed.example", false)]
    [InlineData("ann2@example.com", "bob@b.example", false)]
    public async Task A_sender_has_a_route_of_its_own_where_the_domain_has_none(string sender, string recipient, bool goesOwnWay)
    {
        await using var own = new NextServer();
        await StartAsync(options => options with
        {
            SenderCheck = SenderCheck.None,
            Outbound = Outbound() with
            {
                Routes = Outbound().Routes.Add("routed.example", _next.Target),
                SenderRoutes = Outbound().SenderRoutes.Add("ANN@example.com", own.Target),
            },
        });
        await using var client = await LogInAsync();
        await SendAsync(client, $"MAIL FROM:<{sender}>", $"RCPT TO:<{recipient}>");
        Assert.Equal(OutboundOutcome.Sent, (await _server.WaitForAsync<OutboundTried>()).Outcome);
        Assert.Single(goesOwnWay ? own.Messages : _next.Messages);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, true)]
    [InlineData(MailProtocol.Smtp, false)]
    [InlineData(MailProtocol.Lmtp, false)]
    public async Task Nobody_else_may_send_elsewhere(MailProtocol protocol, bool logsIn)
    {
        await StartAsync();
        await using var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
        if (logsIn)
            Assert.StartsWith("235 ", await client.AskAsync(Plain), StringComparison.Ordinal);
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        Assert.StartsWith("550 5.7.1 <bob@b.example>: relaying denied", await client.AskAsync("RCPT TO:<bob@b.example>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("192.0.2.0/24", null, false)]
    [InlineData("192.0.2.0/24", "XCLIENT ADDR=192.0.2.7", true)]
    [InlineData("127.0.0.1", "XCLIENT ADDR=192.0.2.7", false)]
    [InlineData("127.0.0.1", "XCLIENT ADDR=[UNAVAILABLE]", false)]
    public async Task Machines_that_are_named_may_without_a_login_by_their_own_address(string relayFrom, string? introduction, bool mayRelay)
    {
        await StartAsync(options => options with { Outbound = Outbound() with { RelayFrom = TrustedNetworks.Parse([relayFrom]) }, XClientFrom = TrustedNetworks.Loopback });
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        if (introduction is not null)
        {
            Assert.StartsWith("220 ", await client.AskAsync(introduction), StringComparison.Ordinal);
            await client.AskAsync("EHLO b");
        }

        await client.AskAsync("MAIL FROM:<printer@example.com>");
        Assert.StartsWith(mayRelay ? "250 " : "550 5.7.1 ", await client.AskAsync("RCPT TO:<bob@b.example>"), StringComparison.Ordinal);

        // On submission there is still no mail without a login.
        await using var submission = await _server.ConnectAsync(MailProtocol.Submission);
        await submission.ReadReplyAsync();
        await submission.AskAsync("EHLO a");
        Assert.StartsWith("530 ", await submission.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_option_and_while_capturing_nothing_is_sent()
    {
        await StartAsync(options => options with { Outbound = new OutboundOptions() });
        await using (var client = await LogInAsync())
        {
            await client.AskAsync("MAIL FROM:<ann@example.com>");
            Assert.StartsWith("550 5.7.1 ", await client.AskAsync("RCPT TO:<bob@b.example>"), StringComparison.Ordinal);
        }

        await using var capturing = await TestServer.StartAsync(options => options with { Outbound = Outbound() });
        await using var captured = await capturing.ConnectAsync(MailProtocol.Submission);
        await captured.ReadReplyAsync();
        await captured.AskAsync("EHLO a");
        await SendAsync(captured, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@b.example>");
        Assert.Single(capturing.InboxFiles("bob@b.example"));
        Assert.False(Directory.Exists(Path.Join(capturing.StorePath, "queue")));
        Assert.Equal(0, _next.Connections);
    }

    [Theory]
    [InlineData("MAIL FROM:<ann@example.com>", "RCPT TO:<bob@bad_.-.example>", "550 5.1.2 ")]
    [InlineData("MAIL FROM:<ann@example.com>", "RCPT TO:<bob@[300.0.2.1]>", "550 5.1.2 ")]
    [InlineData("MAIL FROM:<ann@example.com>", "RCPT TO:<nobody@example.com>", "550 5.1.1 ")]
    public async Task What_is_known_to_fail_is_refused_at_once(string mail, string rcpt, string reply)
    {
        await StartAsync();
        await using var client = await LogInAsync();
        Assert.StartsWith("250 ", await client.AskAsync(mail), StringComparison.Ordinal);
        Assert.StartsWith(reply, await client.AskAsync(rcpt), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wants_to_hear_of_success_of_recipients_here_and_elsewhere_hears_of_both()
    {
        await StartAsync();
        await using var client = await LogInAsync();
        await SendAsync(client, "MAIL FROM:<ann@example.com> RET=HDRS", "RCPT TO:<bob@b.example> NOTIFY=SUCCESS", "RCPT TO:<carol@example.com> NOTIFY=SUCCESS");
        await _server.WaitForAsync<OutboundReported>();
        var reports = _server.InboxFiles("ann@example.com").Select(file => File.ReadAllText(file)).ToList();
        Assert.Equal(2, reports.Count);
        Assert.Contains("Action: delivered", Assert.Single(reports, report => report.Contains("Final-Recipient: rfc822;carol@example.com", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("Action: relayed", Assert.Single(reports, report => report.Contains("Final-Recipient: rfc822;bob@b.example", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_updated_sends_elsewhere_from_then_on_and_loses_nothing()
    {
        await StartAsync(options => options with { Outbound = Outbound() with { SmartHost = QueueFixture.Nowhere } });
        await using var client = await LogInAsync();
        await SendAsync(client, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@b.example>");
        await QueueFixture.UntilAsync(() => Queued().Length == 1, "the file");

        await _server.Server.UpdateAsync(_server.Server.Options with { Outbound = Outbound() });
        await SendAsync(client, "MAIL FROM:<ann@example.com>", "RCPT TO:<carl@c.example>");
        await QueueFixture.UntilAsync(() => _next.Messages.Count == 2 && Queued().Length == 0, "both messages");

        await _server.Server.UpdateAsync(_server.Server.Options with { Outbound = new OutboundOptions() });
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        Assert.StartsWith("550 5.7.1 ", await client.AskAsync("RCPT TO:<bob@b.example>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_under_way_while_the_way_out_is_closed_is_refused_and_nothing_of_it_stays()
    {
        await StartAsync();
        await using var client = await LogInAsync();
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        await client.AskAsync("RCPT TO:<bob@b.example>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        await _server.Server.UpdateAsync(_server.Server.Options with { Outbound = new OutboundOptions() });
        Assert.StartsWith("451 4.3.0 ", await client.AskAsync("Subject: x\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("ann@example.com"));
        Assert.Empty(Queued());
    }

    [Fact]
    public async Task Two_servers_on_one_store_do_not_share_a_queue()
    {
        await StartAsync();
        var refused = await Assert.ThrowsAsync<MailServerException>(() => MailServer.StartAsync(_server.Server.Options));
        Assert.Equal(MailServerFault.StoreNotWritable, refused.Fault);
        Assert.Contains("belongs to another server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ETRN_has_what_waits_for_a_domain_with_a_route_tried_at_once_RFC1985()
    {
        var isAway = true;
        _next.Answer = line => isAway && line == "connect" ? "421 4.3.2 Away" : null;
        await StartAsync(options => options with { Outbound = Outbound() with { SmartHost = QueueFixture.Nowhere, Routes = Outbound().Routes.Add("b.example", _next.Target) } });
        await using var client = await LogInAsync();
        await SendAsync(client, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@b.example>");
        await QueueFixture.UntilAsync(async () => (await _server.Server.Queue!.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None)).Items is [{ Status: "Retry" }], "a back-off");

        isAway = false;
        await using var away = await _server.ConnectAsync(MailProtocol.Smtp);
        await away.ReadReplyAsync();
        Assert.Contains("ETRN", await away.AskAsync("EHLO b.example"), StringComparison.Ordinal);
        Assert.StartsWith("459 4.7.0 Node c.example not allowed", await client.AskAsync("ETRN c.example"), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 OK, queuing for node c.example started", await away.AskAsync("ETRN c.example"));
        Assert.StartsWith("501 ", await away.AskAsync("ETRN"), StringComparison.Ordinal);
        Assert.StartsWith("501 5.5.4 ", await away.AskAsync("ETRN b..example"), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 OK, queuing for node b.example started", await away.AskAsync("ETRN B.example"));
        await QueueFixture.UntilAsync(() => _next.Messages.Count == 1 && Queued().Length == 0, "the message");
        await QueueFixture.UntilAsync(async () => (await _server.Server.Queue!.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None)).Items.Count == 0, "an empty queue");
        Assert.StartsWith("251 2.0.0 ", await client.AskAsync("ETRN @b.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_to_ourselves_is_a_loop_and_comes_back()
    {
        await StartAsync();
        var loop = RouteTarget.TryParse(string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{_server.Port(MailProtocol.Smtp)}"), out var target, out _) ? target : null;
        await _server.Server.UpdateAsync(_server.Server.Options with { Outbound = Outbound() with { SmartHost = loop } });
        await using var client = await LogInAsync();
        await SendAsync(client, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@b.example>");
        Assert.Equal("failed", (await _server.WaitForAsync<OutboundReported>()).Action);
        Assert.Contains("loops back to this server", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _next.DisposeAsync();
    }

    private static string Plain => $"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}";

    private OutboundOptions Outbound() => new() { Enabled = true, SmartHost = _next.Target };

    private string[] Queued() => [.. Directory.GetDirectories(Path.Join(_server.StorePath, "queue")).Where(folder => Path.GetFileName(folder).Length == 1).SelectMany(Directory.GetFiles)];

    private async Task StartAsync(Func<MailServerOptions, MailServerOptions>? configure = null)
    {
        _server = await TestServer.StartAsync(options =>
        {
            Directory.CreateDirectory(options.StorePath);
            File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\ncarol@example.com:{PLAIN}secret\n");
            options = options with
            {
                Capture = false,
                Outbound = Outbound(),
                Authentication = options.Authentication with { AllowPlaintextLogin = true },
                Smtp = options.Smtp with { Login = MailOps.Server.Smtp.LoginRule.Offered },
            };
            return configure?.Invoke(options) ?? options;
        });
    }

    private async Task<LineClient> LogInAsync()
    {
        var client = await _server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        Assert.StartsWith("235 ", await client.AskAsync(Plain), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Sends a message.</summary>
    /// <returns>Its id.</returns>
    private static async Task<string> SendAsync(LineClient client, params string[] lines)
    {
        foreach (var line in lines)
            Assert.StartsWith("250 ", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        var reply = await client.AskAsync("From: ann@example.com\r\nBcc: secret@example.com\r\nSubject: hello\r\n\r\nbody\r\n.");
        Assert.StartsWith("250 2.0.0 Ok: queued as ", reply, StringComparison.Ordinal);
        return reply!["250 2.0.0 Ok: queued as ".Length..].TrimEnd();
    }
}
