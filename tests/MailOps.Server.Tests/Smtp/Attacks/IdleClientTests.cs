using System.Globalization;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>Clients that keep a connection by sending command after command and no message. The clock is the test's own.</summary>
public sealed class IdleClientTests
{
    [Theory]
    [InlineData(MailProtocol.Smtp, "NOOP")]
    [InlineData(MailProtocol.Smtp, "RSET")]
    [InlineData(MailProtocol.Smtp, "EHLO a")]
    [InlineData(MailProtocol.Smtp, "HELP")]
    [InlineData(MailProtocol.Smtp, "VRFY a@example.com")]
    [InlineData(MailProtocol.Lmtp, "LHLO a")]
    [InlineData(MailProtocol.Lmtp, "NOOP")]
    public async Task Commands_that_bring_no_message_nearer_end_the_session(MailProtocol protocol, string command)
    {
        await using var server = await TestServer.StartAsync(options => options with { MaxJunkCommands = 12 });
        await using var client = await GreetAsync(server, protocol);
        for (var i = 1; i < 12; i++)
            Assert.StartsWith("2", await client.AskAsync(command), StringComparison.Ordinal);

        Assert.Equal("421 4.7.0 Too many commands without a message, closing connection", await client.ReadReplyAsync());
        Assert.Equal(ConnectionEnd.Dropped, (await server.WaitForAsync<ConnectionClosed>()).End);
    }

    [Fact]
    public async Task Chunks_of_nothing_end_the_session()
    {
        await using var server = await TestServer.StartAsync(options => options with { MaxJunkCommands = 12 });
        await using var client = await GreetAsync(server, MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<b@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        for (var i = 1; i < 12; i++)
            Assert.StartsWith("250", await client.AskAsync("BDAT 0"), StringComparison.Ordinal);
        Assert.Equal("421 4.7.0 Too many commands without a message, closing connection", await client.ReadReplyAsync());
    }

    [Fact]
    public async Task Recipients_far_beyond_the_limit_end_the_session_and_those_that_were_under_way_do_not()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await GreetAsync(server, MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<b@example.org>");
        var recipients = string.Concat(Enumerable.Repeat("RCPT TO:<a@example.com>\r\n", 1000));
        await client.SendAsync(recipients);
        for (var i = 0; i < 1000; i++)
            Assert.StartsWith("250", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync(recipients);
        for (var i = 0; i < 1000; i++)
            Assert.StartsWith("452", await client.ReadReplyAsync(), StringComparison.Ordinal);
        for (var i = 0; i < 20; i++)
            Assert.StartsWith("452", await client.AskAsync("RCPT TO:<a@example.com>"), StringComparison.Ordinal);
        Assert.Equal("421 4.7.0 Too many errors, closing connection", await client.ReadReplyAsync());
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task A_message_that_is_taken_lets_the_count_and_the_time_begin_anew(MailProtocol protocol)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock, MaxJunkCommands = 12, TransactionTimeout = TimeSpan.FromMinutes(12) });
        await using var client = await GreetAsync(server, protocol);
        for (var message = 1; message <= 4; message++)
        {
            for (var i = 0; i < 10; i++)
                Assert.StartsWith("250 ", await client.AskAsync("RSET"), StringComparison.Ordinal);
            for (var i = 0; i < 2; i++)
            {
                clock.Advance(TimeSpan.FromMinutes(4));
                Assert.StartsWith("250 ", await client.AskAsync(i == 0 ? "MAIL FROM:<b@example.org>" : "RCPT TO:<a@example.com>"), StringComparison.Ordinal);
            }

            Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        }

        Assert.Equal(4, server.InboxFiles("a@example.com").Count);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "BDAT 1\r\nx")]
    [InlineData(MailProtocol.Lmtp, "BDAT 1\r\nx")]
    [InlineData(MailProtocol.Smtp, "RCPT TO:<a@example.com>")]
    [InlineData(MailProtocol.Smtp, "NOOP")]
    public async Task A_transaction_that_gets_nowhere_ends_in_time_whatever_is_sent(MailProtocol protocol, string command)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock, TransactionTimeout = TimeSpan.FromMinutes(30) });
        await using var client = await GreetAsync(server, protocol);
        await client.AskAsync("MAIL FROM:<b@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        for (var minutes = 4; minutes < 30; minutes += 4)
        {
            clock.Advance(TimeSpan.FromMinutes(4));
            await client.SendAsync(command.StartsWith("BDAT", StringComparison.Ordinal) ? command : command + "\r\n");
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        // Two minutes are left, although the last command would give five.
        var reply = client.ReadReplyAsync();
        while (!reply.IsCompleted)
        {
            // The session may set its deadline after its reply was read here.
            clock.Advance(TimeSpan.FromMinutes(3));
            await Task.WhenAny(reply, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        Assert.Equal("421 4.4.2 No message for too long, closing connection", await reply);
        Assert.Equal(ConnectionEnd.TimedOut, (await server.WaitForAsync<ConnectionClosed>()).End);
        Assert.Empty(server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task Data_gives_time_at_the_rate_that_it_has_to_come_with()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock, TransactionTimeout = TimeSpan.FromMinutes(5) });
        await using var client = await GreetAsync(server, MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<b@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        // 24,000 octets are four minutes' worth.
        var chunk = string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 240));
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(string.Create(CultureInfo.InvariantCulture, $"BDAT {chunk.Length}\r\n") + chunk);
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            clock.Advance(TimeSpan.FromMinutes(4));
        }

        Assert.StartsWith("250 ", await client.AskAsync("BDAT 0 LAST"), StringComparison.Ordinal);
        Assert.Single(server.InboxFiles("a@example.com"));
    }

    private static async Task<LineClient> GreetAsync(TestServer server, MailProtocol protocol)
    {
        var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
        return client;
    }
}
