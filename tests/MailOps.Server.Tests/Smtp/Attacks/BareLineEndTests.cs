using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>A CR or LF that stands alone is refused: so it is unless somebody asks for something else.</summary>
public sealed class BareLineEndRefusedTests() : SmugglingTests(normalizes: false)
{
    [Theory]
    [InlineData(MailProtocol.Smtp, "\n.\n")]
    [InlineData(MailProtocol.Smtp, "\n.\r\n")]
    [InlineData(MailProtocol.Smtp, "\r.\r")]
    [InlineData(MailProtocol.Lmtp, "\n.\n")]
    [InlineData(MailProtocol.Lmtp, "\r\n.\n")]
    public async Task A_sender_with_bare_line_ends_is_told_at_once_and_not_left_hanging(MailProtocol protocol, string ending)
    {
        await using var client = await BeginAsync(protocol);
        await client.AskAsync("DATA");
        await client.SendAsync("Subject: x\r\n\r\nbody" + ending);
        // It waits for its answer, and sends no more.
        Assert.Equal("521 5.6.0 Bare CR or LF received; lines must end with CRLF (RFC 5321 section 2.3.8), closing connection", (await client.ReadToEndAsync()).TrimEnd());
        Assert.Empty(Server.InboxFiles("a@example.com"));
    }

    [Theory]
    [InlineData("\r\r\n", "\r\n")]
    [InlineData("\0\r\n", "\r\n")]
    public async Task What_is_refused_before_a_true_end_smuggles_nothing(string before, string after)
    {
        await using var client = await BeginAsync(MailProtocol.Smtp);
        await client.AskAsync("DATA");
        await client.SendAsync($"Subject: x\r\n\r\nbody{before}.{after}MAIL FROM:<attacker@example.org>\r\n");
        Assert.StartsWith("521 ", (await client.ReadToEndAsync()).TrimEnd(), StringComparison.Ordinal);
    }
}

/// <summary>A CR or LF that stands alone is made CRLF, and ends nothing.</summary>
public sealed class BareLineEndNormalizedTests() : SmugglingTests(normalizes: true)
{
    [Theory]
    [InlineData("a\nb\n\r\n.\r\n", "a\r\nb\r\n\r\n")]
    [InlineData("a\rb\r\n.\r\n", "a\r\nb\r\n")]
    [InlineData("a\r\r\nb\r\r\n.\r\n", "a\r\nb\r\n")]
    [InlineData("a\n..b\n.\n.\r\n.\r\n", "a\r\n.b\r\n.\r\n.\r\n")]
    public async Task What_old_senders_send_is_stored_with_CRLF(string sent, string stored)
    {
        await using var client = await BeginAsync(MailProtocol.Smtp);
        await client.AskAsync("DATA");
        await client.SendAsync("Subject: x\n\n" + sent);
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.EndsWith("\r\nSubject: x\r\n\r\n" + stored, await StoredAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_chunks_too_across_their_borders_and_at_the_end()
    {
        await using var client = await BeginAsync(MailProtocol.Lmtp);
        await client.SendAsync("BDAT 15\r\nSubject: x\n\r\na\r");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("BDAT 7 LAST\r\n\n.\n\rb\n\r");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.EndsWith("\r\nSubject: x\r\n\r\na\r\n.\r\n\r\nb\r\n\r\n", await StoredAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_binary_stays_as_it_is()
    {
        await using var client = await Server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<sender@example.org> BODY=BINARYMIME");
        await client.AskAsync("RCPT TO:<a@example.com>");
        await client.SendAsync("BDAT 18 LAST\r\nSubject: x\r\n\r\na\nb\r");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\na\nb\r", await StoredAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_roles_refuse_as_ever()
    {
        await using var client = await Server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<sender@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        await client.AskAsync("DATA");
        await client.SendAsync("Subject: x\n");
        Assert.StartsWith("521 5.6.0 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    private async Task<string> StoredAsync() => await File.ReadAllTextAsync(Assert.Single(Server.InboxFiles("a@example.com")), TestContext.Current.CancellationToken);
}
