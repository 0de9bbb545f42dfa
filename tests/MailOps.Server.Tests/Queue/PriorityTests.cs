using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>MT-PRIORITY (RFC 6710), from a client to the next server.</summary>
public sealed class PriorityTests : IAsyncDisposable
{
    private readonly NextServer _next = new() { Offers = ["MT-PRIORITY MIXER"] };
    private readonly QueueFixture _queue = new();
    private TestServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_queue.Queue is not null)
            await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Theory]
    [InlineData(MailProtocol.Submission, true, true)]
    [InlineData(MailProtocol.Submission, false, false)]
    [InlineData(MailProtocol.Smtp, true, false)]
    [InlineData(MailProtocol.Lmtp, true, false)]
    public async Task It_is_offered_where_mail_leaves_and_refused_elsewhere(MailProtocol protocol, bool isOutbound, bool isOffered)
    {
        var client = await GreetAsync(protocol, new OutboundOptions { Enabled = isOutbound, SmartHost = _next.Target });
        await using var _ = client.Client;
        Assert.Equal(isOffered, client.Offers.Contains("MT-PRIORITY\n", StringComparison.Ordinal));
        if (protocol is MailProtocol.Submission)
            await client.Client.AskAsync(Plain);
        if (!isOffered)
            Assert.StartsWith("555 5.5.4 ", await client.Client.AskAsync("MAIL FROM:<ann@example.com> MT-PRIORITY=-1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MT-PRIORITY=-9", "250 2.1.0 ")]
    [InlineData("MT-PRIORITY=0", "250 2.1.0 ")]
    [InlineData("mt-priority=9", "250 2.1.0 ")]
    [InlineData("MT-PRIORITY=10", "501 5.5.2 Bad value of parameter MT-PRIORITY")]
    [InlineData("MT-PRIORITY=-10", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY=+1", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY=-0", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY=01", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY=-", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY=high", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY", "501 5.5.2 ")]
    [InlineData("MT-PRIORITY=1 MT-PRIORITY=1", "501 5.5.2 Parameter MT-PRIORITY is given twice")]
    public async Task Its_value_has_one_form_RFC6710_7(string parameter, string reply)
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, new OutboundOptions { Enabled = true, SmartHost = _next.Target });
        await using var _ = client;
        Assert.StartsWith("235 ", await client.AskAsync(Plain), StringComparison.Ordinal);
        Assert.StartsWith(reply, await client.AskAsync($"MAIL FROM:<ann@example.com> {parameter}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Submission, 3, 3, "250 2.1.0 Ok")]
    [InlineData(MailProtocol.Submission, -3, -3, "250 2.1.0 Ok")]
    [InlineData(MailProtocol.Smtp, 3, 0, "250 2.3.6 0 is the new priority: only who has logged in may raise it")]
    [InlineData(MailProtocol.Smtp, -3, -3, "250 2.1.0 Ok")]
    public async Task Who_has_logged_in_raises_it_and_others_may_only_lower_it(MailProtocol protocol, int asked, int given, string reply)
    {
        var (client, _) = await GreetAsync(protocol, new OutboundOptions { Enabled = true, SmartHost = _next.Target, RelayFrom = TrustedNetworks.Loopback });
        await using var _ = client;
        if (protocol is MailProtocol.Submission)
            await client.AskAsync(Plain);
        Assert.StartsWith(reply, await client.AskAsync($"MAIL FROM:<ann@example.com> MT-PRIORITY={asked}"), StringComparison.Ordinal);
        await client.AskAsync("RCPT TO:<bob@b.example>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        await _server!.WaitForAsync<OutboundTried>();
        Assert.Contains($"MAIL FROM:<ann@example.com> MT-PRIORITY={given}", _next.Commands);
        Assert.Contains($"\r\n\tPRIORITY {given};", Assert.Single(_next.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_offer_it_is_told_nothing()
    {
        _next.Offers = ["PIPELINING"];
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: x\r\n\r\n", EnvelopeOf("a@here.example"), 4);
        await _queue.ToldAsync(1);
        Assert.Contains("MAIL FROM:<a@here.example>", _next.Commands);
        Assert.DoesNotContain("riority", Assert.Single(_next.Messages), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task After_a_start_the_most_urgent_goes_first_whenever_it_came()
    {
        _queue.Options = _queue.Options with { MaxConnectionsPerDestination = 1 };
        _queue.Routes["b.example"] = _next.Target;
        await _queue.OpenAsync();
        foreach (var priority in new[] { 0, -9, 9, 1, 9 })
            await _queue.SpoolAsync($"Subject: {priority}\r\n\r\n", EnvelopeOf("a@here.example"), priority);
        await _queue.StopAsync();

        await _queue.StartAsync();
        await _queue.ToldAsync(5);
        Assert.Equal(["9", "9", "1", "0", "-9"], _next.Messages.Select(message => message["Subject: ".Length..message.IndexOf('\r', StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task A_report_is_as_urgent_as_its_message_RFC6710_4_6()
    {
        _next.Answer = line => line.StartsWith("RCPT TO:<bob@", StringComparison.Ordinal) ? "550 5.1.1 Nobody" : null;
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: x\r\n\r\n", EnvelopeOf("a@b.example"), -3);
        await _queue.ToldAsync(3);
        Assert.Contains("MAIL FROM:<> MT-PRIORITY=-3", _next.Commands);
    }

    private static string Plain => $"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}";

    private Envelope EnvelopeOf(string sender) => new()
    {
        Sender = sender,
        Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = NextHops.Of("bob@b.example") }],
        Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
    };

    private async Task<(LineClient Client, string Offers)> GreetAsync(MailProtocol protocol, OutboundOptions outbound)
    {
        _server = await TestServer.StartAsync(options =>
        {
            Directory.CreateDirectory(options.StorePath);
            File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\n");
            return options with { Capture = false, Outbound = outbound, Authentication = options.Authentication with { AllowPlaintextLogin = true } };
        });
        var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        return (client, (await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a"))! + "\n");
    }
}
