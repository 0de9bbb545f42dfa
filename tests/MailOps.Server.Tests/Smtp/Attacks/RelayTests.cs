using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>Every way to have a server send for others: none of them works, over SMTP and LMTP and after a login too.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { Capture = false, Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await File.WriteAllTextAsync(Path.Combine(_server.StorePath, "users"), "ann@example.com:{PLAIN}secret\n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("<x@elsewhere.example>", "550 5.7.1 ")]
    [InlineData("<x%elsewhere.example@example.com>", "550 5.1.1 ")]
    [InlineData("<x%elsewhere.example@mx.example.com>", "550 5.7.1 ")]
    [InlineData("<\"x@elsewhere.example\"@example.com>", "550 5.1.1 ")]
    [InlineData("<\"x%elsewhere.example\"@example.com>", "550 5.1.1 ")]
    [InlineData("<\"ann@example.com\">", "501 ")]
    [InlineData("<\"\"@example.com>", "550 5.1.1 ")]
    [InlineData("<\" ann\"@example.com>", "550 5.1.1 ")]
    [InlineData("<@example.com>", "501 ")]
    [InlineData("<@>", "501 ")]
    [InlineData("<>", "501 ")]
    [InlineData("<ann@>", "501 ")]
    [InlineData("<elsewhere.example!x@example.com>", "550 5.1.1 ")]
    [InlineData("<elsewhere.example!x>", "501 ")]
    [InlineData("<mx.example.com!elsewhere.example!x@example.com>", "550 5.1.1 ")]
    [InlineData("<@example.com:x@elsewhere.example>", "550 5.7.1 ")]
    [InlineData("<@example.com,@mx.example.com:x@elsewhere.example>", "550 5.7.1 ")]
    [InlineData("<@elsewhere.example:ann@example.com>", "250 2.1.5 ")]
    [InlineData("<x@elsewhere.example@example.com>", "501 ")]
    [InlineData("<x@[127.0.0.1]>", "550 5.7.1 ")]
    [InlineData("<ann@example.com.elsewhere.example>", "550 5.7.1 ")]
    [InlineData("<ann@elsewhere.example.com>", "550 5.7.1 ")]
    [InlineData("<ann@example.com.>", "55")]
    [InlineData("<ann@example。com>", "501 ")]
    [InlineData("<ann@ехample.com>", "553 5.6.7 ")]
    [InlineData("<ann@exam\u200bple.com>", "50")]
    [InlineData("x@elsewhere.example", "550 5.7.1 ")]
    public async Task Nobody_sends_on_from_here(string recipient, string expected)
    {
        foreach (var (protocol, hello) in new[] { (MailProtocol.Smtp, "EHLO a"), (MailProtocol.Lmtp, "LHLO a"), (MailProtocol.Submission, "EHLO a") })
        {
            await using var client = await _server.ConnectAsync(protocol);
            await client.ReadReplyAsync();
            await client.AskAsync(hello);
            if (protocol is MailProtocol.Submission)
                Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ="), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
            Assert.StartsWith(expected, await client.AskAsync("RCPT TO:" + recipient), StringComparison.Ordinal);
        }
    }

    // Cyrillic letters, a full-width dot and sign: the first are another domain, the others are none at all.
    [Theory]
    [InlineData("<ann@ехample.com>", "550 5.7.1 ")]
    [InlineData("<аnn@example.com>", "550 5.1.1 ")]
    [InlineData("<ann＠example.com>", "501 ")]
    [InlineData("<x＠elsewhere.example@example.com>", "550 5.1.1 ")]
    [InlineData("<x％elsewhere.example@example.com>", "550 5.1.1 ")]
    public async Task A_look_alike_is_another_address_or_none(string recipient, string expected)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<b@example.org> SMTPUTF8");
        Assert.StartsWith(expected, await client.AskAsync("RCPT TO:" + recipient), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL FROM:<>", "250 2.1.0 ")]
    [InlineData("MAIL FROM: <>", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<> SIZE=100", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<\"\">", "501 ")]
    [InlineData("MAIL FROM:< >", "501 ")]
    [InlineData("MAIL FROM:", "501 ")]
    [InlineData("MAIL FROM", "501 ")]
    public async Task The_null_sender_is_taken_and_its_imitations_are_not(string command, string expected)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        Assert.StartsWith(expected, await client.AskAsync(command), StringComparison.Ordinal);
        if (expected[0] != '2')
            return;

        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 ", await client.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        Assert.StartsWith("Return-Path: <>\r\n", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "EHLO a")]
    [InlineData(MailProtocol.Lmtp, "LHLO a")]
    public async Task A_thousand_recipients_are_taken_and_not_one_more(MailProtocol protocol, string hello)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(hello);
        await client.AskAsync("MAIL FROM:<b@example.org>");
        for (var hundred = 0; hundred < 10; hundred++)
        {
            await client.SendAsync(string.Concat(Enumerable.Range(0, 100).Select(i => $"RCPT TO:<u{(hundred * 100) + i}@example.com>\r\n")));
            for (var i = 0; i < 100; i++)
                Assert.StartsWith("250 2.1.5 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        Assert.StartsWith("452 4.5.3 ", await client.AskAsync("RCPT TO:<u1000@example.com>"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        await client.SendAsync("Subject: x\r\n\r\n.\r\n");
        for (var i = 0; i < (protocol is MailProtocol.Lmtp ? 1000 : 1); i++)
            Assert.StartsWith("250 2.0.0 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Single(server.InboxFiles("u0@example.com"));
        Assert.Single(server.InboxFiles("u999@example.com"));
        Assert.Empty(server.InboxFiles("u1000@example.com"));
        Assert.Equal(1000, Assert.Single(server.Events.OfType<MessageAccepted>()).Recipients.Count);
    }
}
