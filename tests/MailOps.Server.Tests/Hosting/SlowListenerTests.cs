using System.Collections.Concurrent;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

public sealed class SlowListenerTests
{
    private const int Sessions = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_listener_that_sleeps_holds_up_no_session_and_misses_nothing()
    {
        await using var server = await TestServer.StartAsync();
        using var mayGoOn = new ManualResetEventSlim();
        var slow = new ConcurrentQueue<ServerEvent>();
        server.Server.Events.Subscribe(happened =>
        {
            mayGoOn.Wait(Patience);
            slow.Enqueue(happened);
        });
        for (var i = 0; i < Sessions; i++)
        {
            // One loop serves all of them: if one session waited for the listener, none would get on.
            await using var client = await server.ConnectAsync(MailProtocol.Smtp);
            await client.ReadReplyAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
            foreach (var line in new[] { "HELO a", "MAIL FROM:<b@example.com>", "RCPT TO:<a@example.com>", "DATA", "Subject: x\r\n\r\nx\r\n.", "QUIT" })
                Assert.Matches("^[23]", await client.AskAsync(line).WaitAsync(Patience, TestContext.Current.CancellationToken));
        }

        Assert.Equal(Sessions, server.Server.Counters.MessagesAccepted);
        Assert.Empty(slow);
        mayGoOn.Set();
        await server.Server.StopAsync(TimeSpan.FromSeconds(30));
        foreach (var session in slow.OfType<ConnectionEvent>().GroupBy(happened => happened.Connection))
        {
            Assert.Equal(
                ["ConnectionOpened", "HELO", "MAIL", "RCPT", "DATA", "MessageAccepted", "QUIT", "ConnectionClosed"],
                session.Select(happened => happened is CommandReceived command ? command.Command : happened.GetType().Name));
        }

        Assert.Equal(Sessions * 8, slow.Count);
        Assert.Equal(0, server.Server.Events.Dropped);
    }

    [Fact]
    public async Task A_server_that_stops_waits_some_seconds_for_its_listeners_and_no_longer()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        using var mayGoOn = new ManualResetEventSlim();
        using var called = new SemaphoreSlim(0);
        var hasHeard = false;
        server.Server.Events.Subscribe(_ =>
        {
            called.Release();
            mayGoOn.Wait(Patience);
            hasHeard = true;
        });
        await using (var client = await server.ConnectAsync(MailProtocol.Smtp))
            Assert.True(await called.WaitAsync(Patience, TestContext.Current.CancellationToken));
        var stopping = server.Server.StopAsync(TimeSpan.FromSeconds(30));
        while (server.Server.IsRunning)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.False(stopping.IsCompleted);
        while (!stopping.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.False(hasHeard);
        Assert.Equal(0, await stopping);
        mayGoOn.Set();
    }
}
