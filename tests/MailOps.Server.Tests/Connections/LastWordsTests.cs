using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Connections;

/// <summary>What a session says before it ends reaches a client that is still sending; who abuses that is closed all the same.</summary>
public sealed class LastWordsTests
{
    private const string Stopped = "421 4.3.2 The session was ended by the administrator, try again later\n";

    // More than the buffers between the two take, so that somebody has to read it; less than the server reads after its last words.
    private static readonly string Much = string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 8 * 1024));

    [Theory]
    [InlineData(MailProtocol.Smtp, false)]
    [InlineData(MailProtocol.Smtp, true)]
    [InlineData(MailProtocol.Submission, true)]
    [InlineData(MailProtocol.Lmtp, false)]
    public async Task A_session_that_is_cut_off_inside_DATA_says_why_to_a_client_that_sends_on(MailProtocol protocol, bool secured)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await BeginAsync(server, protocol, secured);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        await client.SendAsync(Much);
        Assert.False(await server.Server.StopSessionAsync(server.Server.Sessions[0].Id, TimeSpan.Zero));
        await client.SendAsync(Much);
        Assert.Equal(Stopped, await client.ReadToEndAsync());
        Assert.Equal(ConnectionEnd.SessionStopped, (await server.WaitForAsync<ConnectionClosed>()).End);
        Assert.Empty(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task A_stopping_server_tells_those_who_have_not_finished()
    {
        var server = await TestServer.StartAsync();
        await using var data = await BeginAsync(server, MailProtocol.Smtp);
        Assert.StartsWith("354 ", await data.AskAsync("DATA"), StringComparison.Ordinal);
        await using var chunk = await BeginAsync(server, MailProtocol.Smtp);
        await chunk.SendAsync("BDAT 1000000 LAST\r\n" + Much[..500_000]);
        await using var dropped = await GreetAsync(server, MailProtocol.Smtp);
        await dropped.SendAsync("BDAT 1000000 LAST\r\n" + Much[..500_000]);
        await using var append = await server.ConnectAsync(MailProtocol.Imap);
        await append.ReadLineAsync();
        await append.AskAsync("a LOGIN ann@example.com secret");
        Assert.StartsWith("+ ", await append.AskAsync("b APPEND INBOX {10000000}"), StringComparison.Ordinal);
        // So much is read by those alone who are inside their chunks.
        while (server.Server.Sessions.Count(one => one.OctetsIn >= 500_000) < 2)
            await Task.Delay(10, TestContext.Current.CancellationToken);

        Assert.Equal(4, await server.Server.StopAsync(TimeSpan.Zero));

        foreach (var client in new[] { data, chunk, dropped })
        {
            await client.SendAsync(Much);
            Assert.Equal("421 4.3.2 Server is shutting down, try again later\n", await client.ReadToEndAsync());
        }

        await append.SendAsync(Much);
        Assert.Equal("* BYE The server stops\n", await append.ReadToEndAsync());
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Over_LMTP_each_recipient_hears_it()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await BeginAsync(server, MailProtocol.Lmtp);
        await client.AskAsync("RCPT TO:<bob@example.com>");
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.False(await server.Server.StopSessionAsync(server.Server.Sessions[0].Id, TimeSpan.Zero));
        await client.SendAsync(Much);
        Assert.Equal(Stopped + Stopped, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task So_does_the_end_of_a_session_that_took_too_long_or_made_too_many_errors()
    {
        var clock = new FakeTimeProvider();
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var slow = await BeginAsync(server, MailProtocol.Smtp);
        Assert.StartsWith("354 ", await slow.AskAsync("DATA"), StringComparison.Ordinal);
        var closed = server.WaitForAsync<ConnectionClosed>();
        while (!closed.IsCompleted)
        {
            // The session may set its deadline after its reply was read here.
            clock.Advance(TimeSpan.FromMinutes(2));
            await Task.WhenAny(closed, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        await closed;
        await slow.SendAsync(Much);
        Assert.Equal("421 4.4.2 Nothing heard for too long, closing connection\n", await slow.ReadToEndAsync());

        await using var wrong = await GreetAsync(server, MailProtocol.Smtp);
        await wrong.SendAsync(string.Concat(Enumerable.Repeat("NONSENSE\r\n", 20)));
        await server.WaitForAsync<ConnectionClosed>(closed => closed.End is ConnectionEnd.Dropped);
        await wrong.SendAsync(Much);
        Assert.EndsWith("\n421 4.7.0 Too many errors, closing connection\n", await wrong.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_close_is_closed_after_two_seconds()
    {
        var clock = new FakeTimeProvider();
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var client = await StoppedAsync(server);
        await client.SendAsync(Much);
        clock.Advance(TimeSpan.FromSeconds(2));
        await SendUntilRefusedAsync(client, "x");
    }

    [Fact]
    public async Task Who_sends_without_end_is_closed_however_little_time_passes()
    {
        await using var server = await TestServer.StartAsync(options => options with { Clock = new FakeTimeProvider() });
        await using var client = await StoppedAsync(server);
        await SendUntilRefusedAsync(client, Much);
    }

    [Fact]
    public async Task Who_is_waited_for_holds_up_no_stop_and_counts_until_it_closes()
    {
        await using var server = await TestServer.StartAsync(options => options with { Clock = new FakeTimeProvider(), Limits = new ConnectionLimits { MaxConnections = 1 } });
        var client = await StoppedAsync(server);
        Assert.Empty(server.Server.Sessions);
        await using (var next = await server.ConnectAsync(MailProtocol.Smtp))
            Assert.StartsWith("421 4.3.2 mx.example.com too many connections", await next.ReadLineAsync(), StringComparison.Ordinal);

        await client.DisposeAsync();
        string? greeting;
        do
        {
            await using var next = await server.ConnectAsync(MailProtocol.Smtp);
            greeting = await next.ReadLineAsync();
            await next.SendAsync("QUIT\r\n");
            await next.ReadToEndAsync();
        }
        while (greeting!.StartsWith("421 ", StringComparison.Ordinal));

        client = await StoppedAsync(server);
        Assert.Equal(0, await server.Server.StopAsync(TimeSpan.FromMinutes(1)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        await client.DisposeAsync();
    }

    [Fact]
    public async Task A_fault_that_drops_refuses_what_is_sent_then()
    {
        await using var server = await TestServer.StartAsync(options => options with { Clock = new FakeTimeProvider() });
        await using var client = await GreetAsync(server, MailProtocol.Smtp);
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Drop, Commands = ["NOOP"] });
        await client.SendAsync("NOOP\r\n");
        Assert.Null(await client.ReadLineAsync());
        await SendUntilRefusedAsync(client, "x");
    }

    // A client that has heard that its session was stopped, and has not closed.
    private static async Task<LineClient> StoppedAsync(TestServer server)
    {
        LineClient client;
        do
            client = await server.ConnectAsync(MailProtocol.Smtp);
        while ((await client.ReadReplyAsync())!.StartsWith("421 ", StringComparison.Ordinal));
        await client.AskAsync("EHLO client.example.org");
        Assert.True(await server.Server.StopSessionAsync(server.Server.Sessions[0].Id, TimeSpan.FromMinutes(1)));
        Assert.Equal(Stopped, await client.ReadToEndAsync());
        return client;
    }

    private static async Task SendUntilRefusedAsync(LineClient client, string text)
    {
        var refused = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (true)
                await client.SendAsync(text);
        });
        Assert.NotNull(refused.InnerException);
    }

    private static async Task<LineClient> GreetAsync(TestServer server, MailProtocol protocol, bool secured = false)
    {
        var client = await server.ConnectAsync(protocol);
        var hello = protocol is MailProtocol.Lmtp ? "LHLO client.example.org" : "EHLO client.example.org";
        await client.ReadReplyAsync();
        await client.AskAsync(hello);
        if (secured)
        {
            await client.AskAsync("STARTTLS");
            await client.SecureAsync();
            await client.AskAsync(hello);
        }

        return client;
    }

    private static async Task<LineClient> BeginAsync(TestServer server, MailProtocol protocol, bool secured = false)
    {
        var client = await GreetAsync(server, protocol, secured);
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        return client;
    }
}
