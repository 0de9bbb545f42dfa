using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>How much an address may do in a minute, and an account in a day. A PROXY header names the address; the clock is the test's own.</summary>
public sealed class RateTests
{
    private const string Address = "192.0.2.7";

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    [Theory]
    [InlineData(MailProtocol.Smtp, "421 4.3.2 mx.example.com ", "220 ")]
    [InlineData(MailProtocol.Pop3, "-ERR [SYS/TEMP] mx.example.com ", "+OK ")]
    [InlineData(MailProtocol.Imap, "* BYE ", "* OK ")]
    public async Task Connections_that_come_too_fast_are_refused_with_one_event_until_there_is_room(MailProtocol protocol, string refusal, string greeting)
    {
        await using var server = await StartAsync(new RateLimits { ConnectionsPerMinute = 3 });
        for (var i = 0; i < 3; i++)
        {
            await using var client = await ConnectAsync(server, protocol);
            Assert.StartsWith(greeting, await client.ReadLineAsync(), StringComparison.Ordinal);
        }

        await using var refused = await ConnectAsync(server, protocol);
        const string Reason = "too many connections from your address, at most 3 a minute, try again in 20 seconds";
        Assert.Equal(refusal + Reason, (await refused.ReadToEndAsync()).Trim());
        await server.WaitForAsync<ConnectionRefused>();
        Assert.Equal(Reason, Assert.Single(server.Events.OfType<ConnectionRefused>()).Reason);

        await using var other = await ConnectAsync(server, protocol, "192.0.2.8");
        Assert.StartsWith(greeting, await other.ReadLineAsync(), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await using var again = await ConnectAsync(server, protocol);
        Assert.StartsWith(greeting, await again.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "NOOP", "421 Slow down: ")]
    [InlineData(MailProtocol.Submission, "NOTHING", "421 Slow down: ")]
    [InlineData(MailProtocol.Pop3, "CAPA", "-ERR [SYS/TEMP] Slow down: ")]
    [InlineData(MailProtocol.Imap, "a NOOP", "* BYE Slow down: ")]
    public async Task Strangers_that_send_commands_too_fast_are_cut_off_over_all_connections_of_their_address(MailProtocol protocol, string command, string refusal)
    {
        await using var server = await StartAsync(new RateLimits { CommandsPerMinute = 4 });
        await using var first = await ConnectAsync(server, protocol);
        await first.ReadLineAsync();
        await using var second = await ConnectAsync(server, protocol);
        await second.ReadLineAsync();
        foreach (var client in new[] { first, second, first, second })
        {
            await client.SendAsync(command + "\r\n");
            for (var line = await client.ReadLineAsync(); line is not null && IsMore(line); line = await client.ReadLineAsync())
                Assert.DoesNotContain("Slow down", line, StringComparison.Ordinal);
        }

        await first.SendAsync(command + "\r\n");
        Assert.Equal(refusal + "too many commands from your address, at most 4 a minute, try again in 15 seconds", (await first.ReadToEndAsync()).Trim());
        Assert.Equal("too many commands from your address, at most 4 a minute, try again in 15 seconds", (await server.WaitForAsync<ClientTooFast>()).Reason);
        Assert.Equal(ConnectionEnd.Dropped, (await server.WaitForAsync<ConnectionClosed>()).End);
        _clock.Advance(TimeSpan.FromSeconds(15));
        await second.SendAsync(command + "\r\n");
        Assert.DoesNotContain("Slow down", await second.ReadLineAsync(), StringComparison.Ordinal);

        bool IsMore(string line) => protocol is MailProtocol.Pop3 ? line != "." : line.StartsWith("* ", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Pop3, "USER ann@example.com", "PASS x", "NOOP", "+OK")]
    [InlineData(MailProtocol.Imap, "a LOGIN ann@example.com x", "b NOOP", "c NOOP", "c OK")]
    [InlineData(MailProtocol.Submission, "EHLO a", "AUTH PLAIN AGFubkBleGFtcGxlLmNvbQB4", "NOOP", "250 ")]
    public async Task Who_has_logged_in_is_slowed_down(MailProtocol protocol, string first, string second, string third, string reply)
    {
        await using var server = await StartAsync(new RateLimits { CommandsPerMinute = 2 }, options => options with { Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await using var client = await ConnectAsync(server, protocol);
        await client.ReadLineAsync();
        foreach (var command in new[] { first, second })
        {
            var answer = await client.AskAsync(command);
            Assert.DoesNotContain("Slow down", answer, StringComparison.Ordinal);
        }

        await server.WaitForAsync<LoginSucceeded>();
        var before = _clock.GetUtcNow();
        await client.SendAsync(third + "\r\n");
        var answered = client.ReadLineAsync();
        while (!answered.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.StartsWith(reply, await answered, StringComparison.Ordinal);
        Assert.True(_clock.GetUtcNow() - before >= TimeSpan.FromSeconds(30));
        Assert.Empty(server.Events.OfType<ClientTooFast>());
    }

    [Theory]
    [InlineData(MailProtocol.Pop3, "USER ann@example.com", "PASS x", "NOOP\r\nNOOP", "+OK")]
    [InlineData(MailProtocol.Imap, "a LOGIN ann@example.com x", "b NOOP", "c NOOP\r\nd NOOP", "c OK")]
    [InlineData(MailProtocol.Submission, "EHLO a", "AUTH PLAIN AGFubkBleGFtcGxlLmNvbQB4", "NOOP\r\nNOOP", "250 ")]
    public async Task The_reply_to_a_command_does_not_wait_with_the_next_that_is_slowed_down(MailProtocol protocol, string first, string second, string pipelined, string reply)
    {
        await using var server = await StartAsync(new RateLimits { CommandsPerMinute = 3 }, options => options with { Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await using var client = await ConnectAsync(server, protocol);
        await client.ReadLineAsync();
        await client.AskAsync(first);
        await client.AskAsync(second);

        await client.SendAsync(pipelined + "\r\n");
        Assert.StartsWith(reply, await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_does_not_wait_for_who_is_slowed_down()
    {
        await using var server = await StartAsync(new RateLimits { CommandsPerMinute = 2 }, options => options with { Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await using var client = await ConnectAsync(server, MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.AskAsync("a LOGIN ann@example.com x");
        await client.AskAsync("b NOOP");
        await client.SendAsync("c NOOP\r\n");
        await server.Server.StopAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Messages_and_recipients_that_come_too_fast_are_deferred_before_anybody_is_asked()
    {
        await using var server = await StartAsync(new RateLimits { MessagesPerMinute = 2, RecipientsPerMinute = 3 }, options => options with { Capture = false });
        await new AccountRegister(server.StorePath).AddAsync("ann@example.com", AccountSecret.FromHash("{PLAIN}x"), default);
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
        // Those that are refused count too.
        Assert.StartsWith("550 5.7.1 ", await client.AskAsync("RCPT TO:<joe@example.org>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 ", await client.AskAsync("RCPT TO:<jim@example.org>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        const string TooManyRecipients = "450 4.7.1 Slow down: too many recipients from your address, at most 3 a minute, try again in 20 seconds";
        Assert.Equal(TooManyRecipients, await client.AskAsync("RCPT TO:<joe@example.org>"));
        var refused = await server.WaitForAsync<MailRefused>(one => one.Reply.StartsWith("450", StringComparison.Ordinal));
        Assert.Equal(("RCPT", TooManyRecipients), (refused.Command, refused.Reply));
        // Who was taken gets the message.
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);

        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
        await client.AskAsync("RSET");
        Assert.Equal("450 4.7.1 Slow down: too many messages from your address, at most 2 a minute, try again in 30 seconds", await client.AskAsync("MAIL FROM:<b@example.org>"));
        Assert.Equal("MAIL", (await server.WaitForAsync<MailRefused>(one => one.Reply.Contains("messages", StringComparison.Ordinal))).Command);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "127.0.0.1")]
    [InlineData(MailProtocol.Smtp, "198.51.100.4")]
    [InlineData(MailProtocol.Lmtp, Address)]
    public async Task Loopback_who_may_use_XCLIENT_and_LMTP_are_not_counted(MailProtocol protocol, string address)
    {
        await using var server = await StartAsync(
            new RateLimits { ConnectionsPerMinute = 1, CommandsPerMinute = 1, MessagesPerMinute = 1, RecipientsPerMinute = 1 },
            options => options with { XClientFrom = TrustedNetworks.Parse(["198.51.100.4"]), Lmtp = options.Lmtp with { Clients = TrustedNetworks.Parse([Address]) } });
        for (var i = 0; i < 2; i++)
        {
            await using var client = await ConnectAsync(server, protocol, address);
            Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
            Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<joe@example.com>"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_is_named_by_XCLIENT_is_counted()
    {
        await using var server = await StartAsync(new RateLimits { MessagesPerMinute = 1 }, options => options with { XClientFrom = TrustedNetworks.Parse(["198.51.100.4"]) });
        for (var i = 0; i < 2; i++)
        {
            await using var client = await ConnectAsync(server, MailProtocol.Smtp, "198.51.100.4");
            await client.ReadReplyAsync();
            await client.AskAsync("EHLO a");
            await client.AskAsync($"XCLIENT ADDR={Address}");
            await client.AskAsync("EHLO a");
            Assert.StartsWith(i == 0 ? "250 " : "450 4.7.1 ", await client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_account_has_its_limit_from_wherever_it_comes_and_keeps_it_when_the_server_is_updated()
    {
        var rates = new RateLimits { AccountMessagesPerDay = 2, AccountRecipientsPerDay = 2 };
        await using var server = await StartAsync(rates, options => options with { Capture = false, Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await new AccountRegister(server.StorePath).AddAsync("ann@example.com", AccountSecret.FromHash("{PLAIN}x"), default);
        foreach (var address in new[] { "127.0.0.1", Address })
        {
            await using var client = await LogInAsync(server, address);
            Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
            if (address == Address)
                Assert.Equal("450 4.7.1 Slow down: too many recipients from your account, at most 2 a day, try again in 43200 seconds", await client.AskAsync("RCPT TO:<ann@example.com>"));
        }

        await server.Server.UpdateAsync(server.Server.Options with { MaxMessageSize = 1 << 20 });
        await using (var client = await LogInAsync(server, "192.0.2.8"))
            Assert.Equal("450 4.7.1 Slow down: too many messages from your account, at most 2 a day, try again in 43200 seconds", await client.AskAsync("MAIL FROM:<ann@example.com>"));

        // Other limits begin anew.
        await server.Server.UpdateAsync(server.Server.Options with { Rates = rates with { AccountMessagesPerDay = 3 } });
        await using (var client = await LogInAsync(server, "192.0.2.8"))
            Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_have_no_limit_in_capture_mode()
    {
        await using var server = await StartAsync(new RateLimits { AccountMessagesPerDay = 1 }, options => options with { Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        for (var i = 0; i < 3; i++)
        {
            await using var client = await LogInAsync(server, Address);
            Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_limit_that_is_less_than_none_is_refused_and_an_update_with_it_changes_nothing()
    {
        var error = await Assert.ThrowsAsync<MailServerException>(() => StartAsync(new RateLimits { CommandsPerMinute = -1 }));
        Assert.Equal(MailServerFault.InvalidOptions, error.Fault);
        await using var server = await StartAsync(new RateLimits { ConnectionsPerMinute = 1 });
        await Assert.ThrowsAsync<MailServerException>(() => server.Server.UpdateAsync(server.Server.Options with { Rates = new RateLimits { CommandsPerMinute = -1 } }));
        await using var first = await ConnectAsync(server, MailProtocol.Smtp);
        Assert.StartsWith("220 ", await first.ReadLineAsync(), StringComparison.Ordinal);
        await using var second = await ConnectAsync(server, MailProtocol.Smtp);
        Assert.StartsWith("421 ", await second.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task<LineClient> LogInAsync(TestServer server, string address)
    {
        var client = await ConnectAsync(server, MailProtocol.Submission, address);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN AGFubkBleGFtcGxlLmNvbQB4"), StringComparison.Ordinal);
        return client;
    }

    private static async Task<LineClient> ConnectAsync(TestServer server, MailProtocol protocol, string address = Address)
    {
        var client = await server.ConnectAsync(protocol);
        await client.SendAsync($"PROXY TCP4 {address} 192.0.2.1 40000 25\r\n");
        return client;
    }

    private Task<TestServer> StartAsync(RateLimits rates, Func<MailServerOptions, MailServerOptions>? configure = null) => TestServer.StartAsync(options =>
    {
        options = options with { Rates = rates, ProxyFrom = TrustedNetworks.Parse(["127.0.0.1"]), Clock = _clock };
        return configure?.Invoke(options) ?? options;
    });
}
