using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>What a client may take before it has logged in.</summary>
public sealed class LoginTimeTests
{
    [Theory]
    [InlineData(MailProtocol.Pop3, "USER a@example.com", "+OK", "-ERR No login for too long, closing connection")]
    [InlineData(MailProtocol.Imap, "a NOOP", "a OK", "* BYE No login for too long")]
    public Task Who_never_logs_in_goes_after_three_minutes_whatever_is_sent(MailProtocol protocol, string command, string reply, string goodbye) =>
        ConnectedAsync(protocol, ConnectionEnd.TimedOut, async (client, clock) =>
        {
            for (var seconds = 50; seconds <= 150; seconds += 50)
            {
                clock.Advance(TimeSpan.FromSeconds(50));
                Assert.StartsWith(reply, await client.AskAsync(command), StringComparison.Ordinal);
            }

            // Half a minute is left, although the last command would give a whole one.
            clock.Advance(TimeSpan.FromSeconds(40));
            Assert.Equal(goodbye, await client.ReadLineAsync());
            Assert.Null(await client.ReadLineAsync());
        });

    [Theory]
    [InlineData(MailProtocol.Pop3, "NOOP", "+OK", "QUIT")]
    [InlineData(MailProtocol.Imap, "a NOOP", "a OK", "a LOGOUT")]
    public Task Who_logged_in_stays(MailProtocol protocol, string command, string reply, string farewell) =>
        ConnectedAsync(protocol, ConnectionEnd.Completed, async (client, clock) =>
        {
            foreach (var login in protocol is MailProtocol.Pop3 ? new[] { "USER a@example.com", "PASS x" } : ["a LOGIN a@example.com x"])
                Assert.StartsWith(reply, await client.AskAsync(login), StringComparison.Ordinal);
            for (var i = 0; i < 3; i++)
            {
                clock.Advance(TimeSpan.FromSeconds(90));
                Assert.StartsWith(reply, await client.AskAsync(command), StringComparison.Ordinal);
            }

            await client.AskAsync(farewell);
            await client.ReadToEndAsync();
        });

    [Fact]
    public async Task A_handshake_after_STARTTLS_has_the_time_of_any_other()
    {
        await using var server = await TestServer.StartAsync(options => options with { Limits = new ConnectionLimits { HandshakeTimeout = TimeSpan.FromSeconds(1) } });
        var clients = new List<LineClient>();
        foreach (var (protocol, command) in new[] { (MailProtocol.Smtp, "STARTTLS"), (MailProtocol.Lmtp, "STARTTLS"), (MailProtocol.Pop3, "STLS"), (MailProtocol.Imap, "a STARTTLS") })
        {
            var client = await server.ConnectAsync(protocol);
            clients.Add(client);
            await client.ReadReplyAsync();
            if (protocol is MailProtocol.Smtp or MailProtocol.Lmtp)
                await client.AskAsync(protocol is MailProtocol.Smtp ? "EHLO a" : "LHLO a");
            Assert.Matches("^(220|\\+OK|a OK) ", await client.AskAsync(command));
        }

        foreach (var protocol in new[] { "smtp", "lmtp", "pop3", "imap" })
            Assert.Equal(ConnectionEnd.TimedOut, (await server.WaitForAsync<ConnectionClosed>(one => one.Protocol == protocol)).End);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    /// <summary>A client that was greeted by a server with a clock of the test's own, and how its connection ends.</summary>
    private static async Task ConnectedAsync(MailProtocol protocol, ConnectionEnd end, Func<LineClient, FakeTimeProvider, Task> talk)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var client = await server.ConnectAsync(protocol);
        await client.ReadLineAsync();
        await talk(client, clock);
        Assert.Equal(end, (await server.WaitForAsync<ConnectionClosed>()).End);
    }
}
