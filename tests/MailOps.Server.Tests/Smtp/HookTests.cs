using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Smtp;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

public sealed class HookTests
{
    [Fact]
    public async Task A_recipient_is_taken_refused_or_deferred_by_itself()
    {
        var hooks = new Said
        {
            Recipient = recipient => recipient.StartsWith("no", StringComparison.Ordinal) ? new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), "Not here")
                : recipient.StartsWith("later", StringComparison.Ordinal) ? new SmtpReply(451, new EnhancedStatusCode(4, 7, 1), "Later")
                : null,
        };
        await using var server = await TestServer.StartAsync(options => options with { Hooks = hooks });
        await using var client = await BeginAsync(server);

        Assert.Equal("550 5.7.1 Not here", await client.AskAsync("RCPT TO:<no@example.com>"));
        Assert.Equal("451 4.7.1 Later", await client.AskAsync("RCPT TO:<later@example.com>"));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<yes@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("550", await client.AskAsync("RCPT TO:<no2@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        Assert.Single(server.InboxFiles("yes@example.com"));
        Assert.Equal(3, server.Events.OfType<MailRefused>().Count());
        Assert.Equal(["yes@example.com"], hooks.Last!.Recipients);
        Assert.Equal(("bob@example.org", "client.example.org", "smtp"), (hooks.Last.Sender, hooks.Last.ClientName, hooks.Last.Protocol));
    }

    [Fact]
    public async Task A_hook_cannot_take_what_the_server_refuses()
    {
        var asked = 0;
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, Hooks = new Said { Recipient = _ => { asked++; return null; } } });
        await using var client = await BeginAsync(server);
        Assert.StartsWith("550 5.7.1", await client.AskAsync("RCPT TO:<ann@elsewhere.example>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.1.1", await client.AskAsync("RCPT TO:<nobody@example.com>"), StringComparison.Ordinal);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_message_is_seen_as_it_was_sent_and_a_refused_one_is_not_kept()
    {
        string? seen = null;
        var hooks = new Said { Message = message => (seen = message).Contains("spam", StringComparison.Ordinal) ? new SmtpReply(554, new EnhancedStatusCode(5, 6, 0), "No") : null };
        await using var server = await TestServer.StartAsync(options => options with { Hooks = hooks });
        await using var client = await BeginAsync(server);
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        Assert.Equal("554 5.6.0 No", await client.AskAsync("Subject: spam\r\n\r\n..dot\r\n."));
        Assert.Equal("Subject: spam\r\n\r\n.dot\r\n", seen);
        Assert.Empty(server.InboxFiles("ann@example.com"));

        // In chunks too, and the session goes on.
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.SendAsync("BDAT 6\r\nSubjec");
        Assert.StartsWith("250", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("BDAT 12 LAST\r\nt: fine\r\n\r\nx");
        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("Subject: fine\r\n\r\nx", seen);
        Assert.Single(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task What_a_hook_throws_is_a_451_and_an_event_and_nothing_is_lost()
    {
        var hooks = new Said { Message = _ => throw new InvalidOperationException("broken hook") };
        await using var server = await TestServer.StartAsync(options => options with { Hooks = hooks });
        await using var client = await BeginAsync(server);
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        Assert.Equal("451 4.3.0 Local error, try again later", await client.AskAsync("Subject: x\r\n\r\nx\r\n."));
        Assert.Equal("broken hook", Assert.Single(server.Events.OfType<SessionFaulted>()).Exception.Message);
        Assert.Empty(server.InboxFiles("ann@example.com"));
        Assert.StartsWith("250", await client.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("550 5.7.1 Not here", "550 5.7.1 Not here")]
    [InlineData("550 Not here", "550 5.0.0 Not here")]
    [InlineData("451", "451 4.0.0 Not now, try again later")]
    [InlineData("421 4.7.0", "421 4.7.0 Not now, try again later")]
    [InlineData("250 Ok", null)]
    [InlineData("600 x", null)]
    [InlineData("550 4.7.1 x", null)]
    [InlineData("550-more", null)]
    [InlineData("550 a\r\n250 b", null)]
    [InlineData("+50 x", null)]
    [InlineData("", null)]
    [InlineData("nonsense", null)]
    public void Replies_that_somebody_wrote_down_are_read_strictly(string text, string? expected)
    {
        Assert.Equal(expected is not null, GivenReply.TryParse(text, out var reply));
        Assert.Equal(expected, reply?.ToString());
    }

    private static async Task<LineClient> BeginAsync(TestServer server)
    {
        var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        return client;
    }
}
