using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>What broken and hostile clients get: an answer where there is one, an end otherwise, and never a delivery.</summary>
public sealed class SmtpBadInputTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _client.ReadReplyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Garbage_before_EHLO_is_answered_and_then_cut_off()
    {
        var garbage = new byte[30 * 100];
        new Random(1).NextBytes(garbage);
        for (var i = 99; i < garbage.Length; i += 100)
            garbage[i] = (byte)'\n';
        await _client.SendAsync(garbage);
        var all = await _client.ReadToEndAsync();
        Assert.StartsWith("500 ", all, StringComparison.Ordinal);
        Assert.EndsWith("421 Too many errors, closing connection\n", all, StringComparison.Ordinal);
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_command_line_of_one_MiB_is_refused_and_the_session_goes_on()
    {
        await _client.SendAsync("NOOP " + new string('x', 1024 * 1024) + "\r\n");
        Assert.StartsWith("500 Line too long", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await _client.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_never_ends_is_cut_off()
    {
        var client = _client;
        var flood = new byte[1024 * 1024];
        Array.Fill(flood, (byte)'x');
        try
        {
            for (var i = 0; i < 64; i++)
                await client.SendAsync(flood);
            Assert.Fail("The server took 64 MiB of a line.");
        }
        catch (IOException)
        {
            // Cut off, as it should be.
        }

        await AssertServesAsync();
    }

    [Theory]
    [InlineData("MAIL FROM:<a\0b@example.com>")]
    [InlineData("\0\0\0\0")]
    [InlineData("NO\0OP")]
    public async Task NUL_in_a_command_is_an_error(string command)
    {
        await _client.AskAsync("EHLO a");
        Assert.StartsWith("50", await _client.AskAsync(command), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await _client.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\0b\r\n.\r\n", "NUL received")]
    [InlineData("a\nb\r\n.\r\n", "Bare CR or LF")]
    [InlineData("a\n.\n", "Bare CR or LF")]
    [InlineData("a\n.\r\nMAIL FROM:<x@example.com>\r\n", "Bare CR or LF")]
    [InlineData("a\r\n.\nMAIL FROM:<x@example.com>\r\n", "Bare CR or LF")]
    [InlineData("a\r\n.\rMAIL FROM:<x@example.com>\r\n", "Bare CR or LF")]
    public async Task Data_that_could_smuggle_is_refused_and_the_session_ends(string data, string reason)
    {
        await BeginDataAsync();
        await _client.SendAsync(data);
        var all = await _client.ReadToEndAsync();
        Assert.StartsWith("521 5.6.0 " + reason, all, StringComparison.Ordinal);
        Assert.Equal(1, all.Count(c => c == '\n'));
        Assert.Empty(_server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task A_client_that_vanishes_inside_DATA_delivers_nothing()
    {
        await BeginDataAsync();
        await _client.SendAsync("Subject: half\r\n\r\nthis is only the beg");
        _client.Reset();
        await _server.WaitForAsync<ConnectionClosed>();
        Assert.Empty(_server.InboxFiles("a@example.com"));
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_half_closed_client_inside_DATA_delivers_nothing()
    {
        await BeginDataAsync();
        await _client.SendAsync("Subject: half\r\n\r\nthis is only the beginning\r\n");
        _client.HalfClose();
        await _server.WaitForAsync<ConnectionClosed>();
        Assert.Empty(_server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task A_half_closed_client_still_gets_the_replies_to_what_it_sent()
    {
        await _client.SendAsync("RSET\r\nNOOP\r\n");
        _client.HalfClose();
        Assert.Equal("250 Ok\n250 Ok\n", await _client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_message_over_the_limit_is_read_to_its_end_and_refused()
    {
        await using var server = await TestServer.StartAsync(options => options with { MaxMessageSize = 10_000 });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<b@example.com>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        await client.AskAsync("DATA");
        for (var i = 0; i < 300; i++)
            await client.SendAsync(new string('x', 98) + "\r\n");
        Assert.StartsWith("552 5.3.4 ", await client.AskAsync("."), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Empty(server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task A_client_that_never_reads_is_cut_off_and_others_are_served()
    {
        // Commands without end, replies never read: the buffers fill, and the server waits with a deadline.
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var deaf = await server.ConnectAsync(MailProtocol.Smtp);
        var help = string.Concat(Enumerable.Repeat("HELP\r\n", 10_000));
        var sending = Task.Run(async () =>
        {
            try
            {
                for (var i = 0; i < 2000; i++)
                    await deaf.SendAsync(help);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
            }
        });
        await using var other = await server.ConnectAsync(MailProtocol.Smtp);
        await other.ReadReplyAsync();
        Assert.StartsWith("250 ", await other.AskAsync("NOOP"), StringComparison.Ordinal);
        await Waiting.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return server.Events.OfType<ConnectionClosed>().Any(closed => closed.End is ConnectionEnd.TimedOut);
            },
            () => "The client is not left.");
        await sending;
    }

    [Fact]
    public async Task A_silent_client_is_told_421_and_closed_RFC5321_4_5_3_2_7()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("NOOP");
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("250 ", await client.AskAsync("NOOP"), StringComparison.Ordinal);

        // Half a line is no command. That it was read tells that the session has set its deadline and waits: from here on the clock alone acts.
        await client.SendAsync("NO");
        await Waiting.UntilAsync(() => server.Server.Sessions.Single().OctetsIn == "NOOP\r\nNOOP\r\nNO".Length, () => "The server has not read all that came.");
        clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
        Assert.StartsWith("421 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(ConnectionEnd.TimedOut, (await server.WaitForAsync<ConnectionClosed>()).End);
    }

    [Fact]
    public async Task One_connection_more_than_allowed_is_told_so()
    {
        await using var server = await TestServer.StartAsync(options => options with { Limits = new ConnectionLimits { MaxConnections = 1 } });
        await using var first = await server.ConnectAsync(MailProtocol.Smtp);
        await first.ReadReplyAsync();
        await using var second = await server.ConnectAsync(MailProtocol.Smtp);
        Assert.Equal("421 4.3.2 mx.example.com too many connections, try again later\n", await second.ReadToEndAsync());
        Assert.StartsWith("250 ", await first.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Equal(1, server.Server.Counters.ConnectionsRefused);
    }

    private async Task BeginDataAsync()
    {
        await _client.AskAsync("EHLO a");
        await _client.AskAsync("MAIL FROM:<b@example.com>");
        await _client.AskAsync("RCPT TO:<a@example.com>");
        Assert.StartsWith("354 ", await _client.AskAsync("DATA"), StringComparison.Ordinal);
    }

    private async Task AssertServesAsync()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("NOOP"), StringComparison.Ordinal);
    }
}
