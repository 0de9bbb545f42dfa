using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>Clients of port 25 that have to wait for the greeting. The clock is the test's own.</summary>
public sealed class GreetingDelayTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(options => options with { Clock = _clock, GreetingDelay = TimeSpan.FromSeconds(5) });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Who_speaks_meanwhile_is_cut_off_at_once()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync("EHLO a\r\n");
        Assert.Equal("554 SMTP synchronization error: wait for the greeting before sending more, closing connection\n", await client.ReadToEndAsync());
        Assert.Equal("CONNECT", (await _server.WaitForAsync<MailRefused>()).Command);
        Assert.Equal(ConnectionEnd.Dropped, (await _server.WaitForAsync<ConnectionClosed>()).End);
    }

    [Fact]
    public async Task Who_waits_is_greeted_when_the_time_has_come_and_served_as_ever()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        var greeting = client.ReadReplyAsync();
        await _server.WaitForAsync<ConnectionOpened>();
        while (!greeting.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.StartsWith("220 ", await greeting, StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Submission)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task Clients_that_log_in_or_are_named_do_not_wait(MailProtocol protocol)
    {
        await using var stranger = await _server.ConnectAsync(MailProtocol.Smtp);
        var greeting = stranger.ReadReplyAsync();
        await using var client = await _server.ConnectAsync(protocol);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.False(greeting.IsCompleted);
    }

    [Fact]
    public async Task Who_goes_meanwhile_is_let_go()
    {
        await (await _server.ConnectAsync(MailProtocol.Smtp)).DisposeAsync();
        Assert.Equal(ConnectionEnd.ClosedByPeer, (await _server.WaitForAsync<ConnectionClosed>()).End);
    }

    [Fact]
    public async Task A_server_that_stops_keeps_nobody_waiting()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _server.WaitForAsync<ConnectionOpened>();
        var said = client.ReadToEndAsync();
        await _server.Server.StopAsync(TimeSpan.FromMinutes(1));
        Assert.Contains("421 ", await said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(61)]
    [InlineData(-1)]
    public async Task A_delay_that_senders_do_not_wait_for_is_refused(int seconds)
    {
        var error = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { GreetingDelay = TimeSpan.FromSeconds(seconds) }));
        Assert.Equal(MailServerFault.InvalidOptions, error.Fault);
        Assert.Contains("delay of the greeting", error.Message, StringComparison.Ordinal);
        Assert.Contains("00:01:00", error.Message, StringComparison.Ordinal);
    }
}
