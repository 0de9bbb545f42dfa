using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>Clients that keep a connection by sending next to nothing. The clock is the test's own.</summary>
public sealed class SlowClientTests
{
    private const int OctetsInTime = 100 * 5 * 60;

    [Theory]
    [InlineData(MailProtocol.Smtp, "DATA")]
    [InlineData(MailProtocol.Lmtp, "DATA")]
    [InlineData(MailProtocol.Smtp, "BDAT 1000000 LAST")]
    public async Task Data_that_drips_in_keeps_nobody_connected(MailProtocol protocol, string command)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var client = await BeginAsync(server, protocol, command);
        for (var i = 0; i < 200 && !server.Events.Any(happened => happened is ConnectionClosed); i++)
        {
            try
            {
                await client.SendAsync("x");
            }
            catch (IOException)
            {
                break;
            }

            clock.Advance(TimeSpan.FromSeconds(4));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal(ConnectionEnd.TimedOut, (await server.WaitForAsync<ConnectionClosed>()).End);
        Assert.Empty(server.InboxFiles("a@example.com"));
    }

    [Theory]
    [InlineData("DATA")]
    [InlineData("BDAT 300000 LAST")]
    public async Task Data_that_is_slow_but_comes_is_taken(string command)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var client = await BeginAsync(server, MailProtocol.Smtp, command);
        // Ten times what is asked for in five minutes, each in a little less than that: longer by far than any deadline.
        for (var i = 0; i < 10; i++)
        {
            var before = server.Server.Sessions.Single().OctetsIn;
            await client.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", OctetsInTime / 100)));
            await Waiting.UntilAsync(() => server.Server.Sessions.Single().OctetsIn >= before + OctetsInTime, () => "The server has not read what came in time.");
            // What was read has yet to be counted.
            await Task.Delay(50, TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(290));
        }

        if (command is "DATA")
            await client.SendAsync(".\r\n");
        Assert.StartsWith("250 2.0.0 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task A_command_that_drips_in_keeps_nobody_connected()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        for (var i = 0; i < 200 && !server.Events.Any(happened => happened is ConnectionClosed); i++)
        {
            try
            {
                await client.SendAsync("N");
            }
            catch (IOException)
            {
                break;
            }

            clock.Advance(TimeSpan.FromSeconds(4));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal(ConnectionEnd.TimedOut, (await server.WaitForAsync<ConnectionClosed>()).End);
    }

    private static async Task<LineClient> BeginAsync(TestServer server, MailProtocol protocol, string command)
    {
        var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
        await client.AskAsync("MAIL FROM:<b@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        if (command is "DATA")
            Assert.StartsWith("354 ", await client.AskAsync(command), StringComparison.Ordinal);
        else
            await client.SendAsync(command + "\r\n");
        return client;
    }
}
