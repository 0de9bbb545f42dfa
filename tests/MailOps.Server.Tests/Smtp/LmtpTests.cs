using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>LMTP (RFC 2033): one answer for each recipient, and nothing of SMTP that has no place in it.</summary>
public sealed class LmtpTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { Capture = false });
        await WriteAsync("users", "ann@example.com:*\nbob@example.com:*\nfull@example.com:*\n");
        await WriteAsync("aliases", "both ann, bob\nsales ann, full\n");
        _client = await _server.ConnectAsync(MailProtocol.Lmtp);
        Assert.Equal("220 mx.example.com LMTP MailOps ready", await _client.ReadReplyAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task LHLO_lists_the_extensions_of_LMTP_RFC2033_5()
    {
        var reply = await _client.AskAsync("LHLO client.example.net");
        Assert.Equal(
            ["mx.example.com", "PIPELINING", "SIZE 52428800", "8BITMIME", "BINARYMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "LIMITS RCPTMAX=1000", "CHUNKING", "STARTTLS"],
            reply!.Split('\n').Select(line => line[4..]));
    }

    [Theory]
    [InlineData("HELO client.example.net", "500 ")]
    [InlineData("EHLO client.example.net", "500 ")]
    [InlineData("MAIL FROM:<a@example.org>", "503 Send LHLO first")]
    [InlineData("LHLO", "501 Syntax: LHLO hostname")]
    [InlineData("AUTH PLAIN AGFubgBzZWNyZXQ=", "500 ")]
    [InlineData("XCLIENT ADDR=192.0.2.1", "500 ")]
    [InlineData("EXPN staff", "500 ")]
    [InlineData("HELP", "214 Commands: LHLO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS")]
    public async Task SMTP_is_not_spoken(string command, string expected) => await ExpectAsync(command, expected);

    [Fact]
    public async Task LHLO_is_not_taken_over_SMTP()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        Assert.StartsWith("500 ", await client.AskAsync("LHLO client.example.net"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_recipient_has_an_answer_RFC2033_4_2()
    {
        await BeginAsync("ann@example.com", "bob@example.com");
        await ExpectAsync("RCPT TO:<nobody@example.com>", "550 5.1.1 ");
        await ExpectAsync("RCPT TO:<x@elsewhere.example>", "550 5.7.1 ");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Subject: x\r\n\r\nHello\r\n.\r\n");
        Assert.StartsWith("250 2.0.0 <ann@example.com> Ok: delivered as ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <bob@example.com> Ok: delivered as ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        await ExpectAsync("QUIT", "221 ");
        foreach (var account in new[] { "ann@example.com", "bob@example.com" })
        {
            var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles(account)));
            Assert.StartsWith("Return-Path: <sender@example.org>\r\nReceived: from relay.example.org ([127.0.0.1])\r\n\tby mx.example.com (MailOps) with LMTP id ", stored, StringComparison.Ordinal);
            Assert.EndsWith("\r\nSubject: x\r\n\r\nHello\r\n", stored, StringComparison.Ordinal);
        }

        var accepted = await _server.WaitForAsync<MessageAccepted>();
        Assert.Equal(("lmtp", "ann@example.com, bob@example.com"), (accepted.Protocol, string.Join(", ", accepted.Recipients)));
    }

    [Fact]
    public async Task A_single_recipient_is_named_in_the_trace()
    {
        await BeginAsync("bob+Lists@example.com");
        await ExpectAsync("DATA", "354 ");
        await ExpectAsync("Subject: x\r\n\r\n.", "250 ");
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("bob@example.com")));
        Assert.StartsWith("Return-Path: <sender@example.org>\r\nDelivered-To: bob+Lists@example.com\r\nReceived: ", stored, StringComparison.Ordinal);
        Assert.Contains("\r\n\tfor <bob+Lists@example.com>;\r\n", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_who_is_over_quota_does_not_keep_the_message_from_the_others()
    {
        await LimitAsync("full@example.com", 400);
        await BeginAsync("ann@example.com", "full@example.com", "sales@example.com", "bob@example.com");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Subject: x\r\n\r\n" + new string('x', 500) + "\r\n.\r\n");
        Assert.StartsWith("250 2.0.0 <ann@example.com>", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("452 4.2.2 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        // An alias of several accounts is delivered to all of them or to none.
        Assert.StartsWith("452 4.2.2 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <bob@example.com>", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(_server.InboxFiles("ann@example.com"));
        Assert.Single(_server.InboxFiles("bob@example.com"));
        Assert.Single(_server.InboxFiles("full@example.com"));
        Assert.Equal(2, _server.Events.OfType<MailRefused>().Count(refused => refused is { Command: "DATA", Protocol: "lmtp" }));
        Assert.Equal(["ann@example.com", "bob@example.com"], _server.Events.OfType<MessageAccepted>().Single().Recipients);
        Assert.Empty(_server.Events.OfType<SessionFaulted>());

        await BeginAsync();
        await LimitAsync("full@example.com", 100);
        await ExpectAsync("RCPT TO:<full@example.com>", "452 4.2.2 ");
    }

    [Fact]
    public async Task A_mailbox_that_is_broken_does_not_keep_the_message_from_the_others()
    {
        Directory.CreateDirectory(Path.Combine(_server.StorePath, "mail", "example.com"));
        await File.WriteAllTextAsync(Path.Combine(_server.StorePath, "mail", "example.com", "bob"), "in the way");
        await BeginAsync("bob@example.com", "ann@example.com");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Subject: x\r\n\r\n.\r\n");
        Assert.StartsWith("451 4.3.0 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <ann@example.com>", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(_server.InboxFiles("ann@example.com"));
        Assert.NotEmpty(_server.Events.OfType<SessionFaulted>());
    }

    [Fact]
    public async Task Whoever_is_named_twice_has_two_answers_and_one_copy()
    {
        await BeginAsync("ann@example.com", "ANN@example.com", "both@example.com");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Subject: x\r\n\r\n.\r\nNOOP\r\n");
        foreach (var name in new[] { "ann", "ANN", "both" })
            Assert.StartsWith($"250 2.0.0 <{name}@example.com> ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 Ok", await _client.ReadReplyAsync());
        Assert.Single(_server.InboxFiles("ann@example.com"));
        Assert.Single(_server.InboxFiles("bob@example.com"));
    }

    [Fact]
    public async Task Without_a_recipient_there_is_no_DATA_and_one_answer_RFC2033_4_2()
    {
        await BeginAsync();
        await ExpectAsync("RCPT TO:<nobody@example.com>", "550 ");
        await ExpectAsync("DATA", "503 5.5.1 ");
        await ExpectAsync("BDAT 5 LAST\r\nxyz", "503 5.5.1 ");
        await ExpectAsync("NOOP", "250 ");
    }

    [Fact]
    public async Task The_last_chunk_is_answered_for_each_recipient_and_the_others_once_RFC2033_4_3()
    {
        await BeginAsync("ann@example.com", "bob@example.com");
        await _client.SendAsync("BDAT 14\r\nSubject: x\r\n\r\nBDAT 4 LAST\r\nyz\r\nNOOP\r\n");
        Assert.Equal("250 2.0.0 14 octets received", await _client.ReadReplyAsync());
        Assert.StartsWith("250 2.0.0 <ann@example.com>", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <bob@example.com>", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 Ok", await _client.ReadReplyAsync());
    }

    [Fact]
    public async Task What_is_refused_is_refused_for_each_recipient()
    {
        await using var server = await TestServer.StartAsync(options => options with { Lmtp = options.Lmtp with { MaxMessageSize = 2000 } });
        await using var client = await server.ConnectAsync(MailProtocol.Lmtp);
        await client.ReadReplyAsync();
        Assert.Contains("SIZE 2000", await client.AskAsync("LHLO a"), StringComparison.Ordinal);
        await client.SendAsync("MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");
        for (var i = 0; i < 4; i++)
            await client.ReadReplyAsync();
        await client.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 30)) + ".\r\n");
        Assert.StartsWith("552 5.3.4 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("552 5.3.4 ", await client.ReadReplyAsync(), StringComparison.Ordinal);

        await client.SendAsync("MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");
        for (var i = 0; i < 4; i++)
            await client.ReadReplyAsync();
        await client.SendAsync("a\nb\r\n.\r\n");
        var all = await client.ReadToEndAsync();
        Assert.Equal(2, all.Split('\n').Count(line => line.StartsWith("521 5.6.0 Bare CR or LF", StringComparison.Ordinal)));
        Assert.Empty(server.InboxFiles("a@example.com"));
    }

    [Theory]
    [InlineData("LHLO a", "MAIL FROM:<sender@example.org>", false, "LMTP")]
    [InlineData("LHLO a", "MAIL FROM:<sender@example.org>", true, "LMTPS")]
    [InlineData("LHLO a", "MAIL FROM:<jörg@example.org> SMTPUTF8", false, "UTF8LMTP")]
    [InlineData("LHLO a", "MAIL FROM:<jörg@example.org> SMTPUTF8", true, "UTF8LMTPS")]
    public async Task The_trace_says_LMTP_RFC3848(string hello, string mail, bool secured, string expected)
    {
        await ExpectAsync(hello, "250-");
        if (secured)
        {
            await ExpectAsync("STARTTLS", "220 ");
            await _client.SecureAsync();
            await ExpectAsync(hello, "250-");
        }

        await ExpectAsync(mail, "250 ");
        await ExpectAsync("RCPT TO:<ann@example.com>", "250 ");
        await ExpectAsync("DATA", "354 ");
        await ExpectAsync("Subject: x\r\n\r\n.", "250 ");
        Assert.Contains($" with {expected} id ", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_number_of_refused_recipients_is_no_error_of_the_server_that_hands_over()
    {
        await BeginAsync();
        for (var i = 0; i < 50; i++)
            await ExpectAsync($"RCPT TO:<nobody{i}@example.com>", "550 ");
        await ExpectAsync("RCPT TO:<ann@example.com>", "250 ");
        for (var i = 0; i < 19; i++)
            await ExpectAsync("NONSENSE", "500 ");
        await _client.SendAsync("NONSENSE\r\n");
        Assert.EndsWith("421 4.7.0 Too many errors, closing connection\n", await _client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private async Task LimitAsync(string account, int octets)
    {
        var inbox = Path.Combine(_server.StorePath, "mail", "example.com", account[..account.IndexOf('@', StringComparison.Ordinal)]);
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(inbox, part));
        await File.WriteAllTextAsync(Path.Combine(inbox, "cur", "1700000000.M1P1.host:2,S"), new string('x', 100));
        await File.WriteAllTextAsync(Path.Combine(inbox, "maildirsize"), $"{octets}S\n100 1\n");
    }

    private async Task BeginAsync(params string[] recipients)
    {
        await ExpectAsync("LHLO relay.example.org", "250-");
        await ExpectAsync("MAIL FROM:<sender@example.org>", "250 ");
        foreach (var recipient in recipients)
            await ExpectAsync($"RCPT TO:<{recipient}>", "250 2.1.5 ");
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_server.StorePath, file), text);

    private async Task ExpectAsync(string command, string expected) =>
        Assert.StartsWith(expected, await _client.AskAsync(command), StringComparison.Ordinal);
}
