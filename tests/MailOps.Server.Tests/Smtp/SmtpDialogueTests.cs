using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>The textbook dialogues, and what every command answers where it is legal and where it is not.</summary>
public sealed class SmtpDialogueTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        Assert.StartsWith("220 mx.example.com ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_HELO_session_with_two_recipients_delivers_to_both()
    {
        await ExpectAsync("HELO relay.example.org", "250 mx.example.com");
        await ExpectAsync("MAIL FROM:<bob@example.org>", "250 Ok");
        await ExpectAsync("RCPT TO:<alice@example.com>", "250 Ok");
        await ExpectAsync("RCPT TO:<theboss@example.com>", "250 Ok");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("From: \"Bob Example\" <bob@example.org>\r\nTo: Alice Example <alice@example.com>\r\nCc: theboss@example.com\r\nDate: Tue, 15 Jan 2008 16:02:43 -0500\r\nSubject: Test message\r\n\r\nHello Alice.\r\nThis is a test message with 5 header fields and 4 lines in the message body.\r\nYour friend,\r\nBob\r\n");
        await ExpectAsync(".", "250 Ok: queued as ");
        await ExpectAsync("QUIT", "221 ");
        Assert.Null(await _client.ReadLineAsync());

        foreach (var account in new[] { "alice@example.com", "theboss@example.com" })
        {
            var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles(account)));
            Assert.StartsWith("Return-Path: <bob@example.org>\r\nReceived: from relay.example.org ([127.0.0.1])\r\n", stored, StringComparison.Ordinal);
            Assert.EndsWith("Your friend,\r\nBob\r\n", stored, StringComparison.Ordinal);
            // Blind copies stay blind: the trace names no recipient where there are several.
            Assert.DoesNotContain("for <", stored, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_message_that_does_not_fit_the_quota_is_refused_for_now_and_nobody_gets_it()
    {
        var inbox = Path.Combine(_server.StorePath, "mail", "example.com", "alice");
        Directory.CreateDirectory(inbox);
        await File.WriteAllTextAsync(Path.Combine(inbox, "maildirsize"), "100S\n0 0\n");
        await ExpectAsync("EHLO relay.example.org", "250-");
        await ExpectAsync("MAIL FROM:<bob@example.org>", "250 ");
        await ExpectAsync("RCPT TO:<theboss@example.com>", "250 ");
        await ExpectAsync("RCPT TO:<alice@example.com>", "250 ");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Subject: large\r\n\r\n" + new string('x', 100) + "\r\n");
        await ExpectAsync(".", "452 4.2.2 ");
        Assert.Empty(_server.InboxFiles("alice@example.com"));
        Assert.Empty(_server.InboxFiles("theboss@example.com"));
    }

    [Fact]
    public async Task A_recipient_whose_mailbox_is_full_is_refused_by_itself()
    {
        var inbox = Path.Combine(_server.StorePath, "mail", "example.com", "alice");
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(inbox, part));
        await File.WriteAllTextAsync(Path.Combine(inbox, "cur", "1700000000.M1P1.host:2,S"), new string('x', 100));
        await File.WriteAllTextAsync(Path.Combine(inbox, "maildirsize"), "100S\n100 1\n");
        await ExpectAsync("EHLO relay.example.org", "250-");
        await ExpectAsync("MAIL FROM:<bob@example.org>", "250 ");
        await ExpectAsync("RCPT TO:<alice@example.com>", "452 4.2.2 ");
        await ExpectAsync("RCPT TO:<theboss@example.com>", "250 ");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Subject: x\r\n\r\n");
        await ExpectAsync(".", "250 ");
        Assert.Single(_server.InboxFiles("theboss@example.com"));
    }

    [Fact]
    public async Task The_session_with_a_space_after_the_colon_is_taken()
    {
        await ExpectAsync("HELO whatever", "250 ");
        await ExpectAsync("MAIL FROM: <spoof@cs.yale.edu>", "250 ");
        await ExpectAsync("RCPT TO: <victim@example.com>", "250 ");
        await ExpectAsync("DATA", "354 ");
        await _client.SendAsync("Two lines,\r\nand an exclamation!\r\n");
        await ExpectAsync(".", "250 ");
        await ExpectAsync("quit", "221 ");
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("victim@example.com")));
        Assert.EndsWith("\tfor <victim@example.com>;\r\n\t" + stored[(stored.IndexOf(";\r\n\t", StringComparison.Ordinal) + 4)..], stored, StringComparison.Ordinal);
        Assert.EndsWith("Two lines,\r\nand an exclamation!\r\n", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EHLO_lists_the_extensions_from_the_table()
    {
        var reply = await _client.AskAsync("EHLO client.example.net");
        Assert.StartsWith("250-mx.example.com\n", reply, StringComparison.Ordinal);
        var lines = reply!.Split('\n').Select(line => line[4..]).ToArray();
        Assert.Equal(["mx.example.com", "PIPELINING", "SIZE 52428800", "8BITMIME", "BINARYMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "LIMITS RCPTMAX=1000", "CHUNKING", "STARTTLS", "AUTH PLAIN LOGIN"], lines);
    }

    [Fact]
    public async Task REQUIRETLS_is_offered_and_taken_under_TLS_RFC8689_2()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Submission, TlsMode.Implicit);
        await client.SecureAsync();
        await client.ReadReplyAsync();
        Assert.Contains("REQUIRETLS", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.0 ", await client.AskAsync("MAIL FROM:<b@example.com> REQUIRETLS"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.5 ", await client.AskAsync("RCPT TO:<a@example.com>"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        Assert.Single(_server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task The_limit_of_recipients_that_is_told_is_the_one_that_holds_RFC9422()
    {
        await ExpectAsync("EHLO a", "250-");
        await ExpectAsync("MAIL FROM:<b@example.com>", "250 ");
        await _client.SendAsync(string.Concat(Enumerable.Range(0, 1001).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")));
        for (var i = 0; i < 1000; i++)
            Assert.StartsWith("250 2.1.5 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("452 4.5.3 Too many recipients", await _client.ReadReplyAsync());
        await ExpectAsync("RSET", "250 ");
    }

    [Fact]
    public async Task Enhanced_status_codes_are_sent_after_EHLO_only_RFC2034_4()
    {
        await ExpectAsync("HELO a", "250 ");
        await ExpectAsync("NOOP", "250 Ok");
        await ExpectAsync("EHLO a", "250-");
        await ExpectAsync("NOOP", "250 2.0.0 Ok");
    }

    [Theory]
    [InlineData("MAIL FROM:<a@example.com>", "503 ")]
    [InlineData("RCPT TO:<a@example.com>", "503 ")]
    [InlineData("DATA", "503 ")]
    [InlineData("STARTTLS", "503 ")]
    [InlineData("AUTH PLAIN", "503 ")]
    [InlineData("NOOP anything goes", "250 ")]
    [InlineData("RSET", "250 ")]
    [InlineData("VRFY ann", "252 ")]
    [InlineData("VRFY", "501 ")]
    [InlineData("VRFY jörg@example.com", "553 An address that is not ASCII needs the parameter SMTPUTF8")]
    [InlineData("VRFY jörg@example.com SMTPUTF8", "252 ")]
    [InlineData("VRFY SMTPUTF8", "252 ")]
    [InlineData("VRFY  smtputf8 smtputf8 ", "252 ")]
    [InlineData("HELP", "214 Commands: HELO EHLO MAIL ")]
    [InlineData("HELP mail", "214 MAIL FROM:<address>")]
    [InlineData("HELO", "501 Syntax: HELO hostname")]
    [InlineData("EHLO", "501 ")]
    [InlineData("RSET now", "501 ")]
    [InlineData("GARBAGE", "500 ")]
    [InlineData("", "500 ")]
    [InlineData("GET / HTTP/1.1", "500 ")]
    [InlineData("DATA\tx", "503 ")]
    [InlineData("BDAT 0 LAST", "503 Send HELO or EHLO first")]
    public async Task Before_the_greeting(string command, string expected) => await ExpectAsync(command, expected);

    [Theory]
    [InlineData("MAIL FROM:<>", "250 2.1.0 ")]
    [InlineData("mail from:<a@example.com>", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> SIZE=100 BODY=8BITMIME", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> AUTH=<>", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> ", "250 2.1.0 ")]
    [InlineData("MAIL FROM:a@example.com", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> SIZE=99999999999", "552 5.3.4 ")]
    [InlineData("MAIL FROM:<a@example.com> SIZE=x", "501 5.5.4 ")]
    [InlineData("MAIL FROM:<a@example.com> BODY=BINARYMIME", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> BODY=TRINARYMIME", "501 5.5.4 Bad value of parameter BODY")]
    [InlineData("MAIL FROM:<a@example.com> SIZE=1 size=2", "501 5.5.4 Parameter SIZE is given twice")]
    [InlineData("MAIL FROM:<a@example.com> NOSUCH=1", "555 5.5.4 ")]
    [InlineData("MAIL FROM:<a@example.com", "501 5.5.4 ")]
    [InlineData("MAIL TO:<a@example.com>", "501 5.5.4 ")]
    [InlineData("MAIL", "501 5.5.4 ")]
    [InlineData("MAIL FROM:<jörg@example.com>", "553 5.6.7 An address that is not ASCII needs the parameter SMTPUTF8")]
    [InlineData("MAIL FROM:<a@bücher.example> BODY=8BITMIME", "553 5.6.7 ")]
    [InlineData("MAIL FROM:<jörg@bücher.example> BODY=8BITMIME SMTPUTF8", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<\"jörg kö\"@bücher.example> smtputf8", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> MT-PRIORITY=1", "555 5.5.4 Parameter MT-PRIORITY belongs to an extension that is not offered here")]
    [InlineData("MAIL FROM:<a@example.com> REQUIRETLS", "530 5.7.0 REQUIRETLS is taken only under TLS; send STARTTLS first")]
    [InlineData("MAIL FROM:<a@example.com> REQUIRETLS=yes", "501 5.5.4 Bad value of parameter REQUIRETLS")]
    [InlineData("ETRN example.com", "502 5.5.1 ETRN is not offered here")]
    [InlineData("XCLIENT ADDR=192.0.2.1", "550 5.7.0 XCLIENT is taken from trusted addresses only")]
    [InlineData("MAIL FROM:<a@example.com> RET=HDRS ENVID=QQ314159", "250 2.1.0 ")]
    [InlineData("MAIL FROM:<a@example.com> RET=BODY", "501 5.5.4 Bad value of parameter RET")]
    [InlineData("MAIL FROM:<a@example.com> RET", "501 5.5.4 Bad value of parameter RET")]
    [InlineData("MAIL FROM:<a@example.com> RET=FULL RET=HDRS", "501 5.5.4 Parameter RET is given twice")]
    [InlineData("MAIL FROM:<a@example.com> ENVID", "501 5.5.4 Bad value of parameter ENVID")]
    [InlineData("MAIL FROM:<a@example.com> ENVID=", "501 5.5.4 Bad value of parameter ENVID")]
    [InlineData("MAIL FROM:<a@example.com> ENVID=a=b", "501 5.5.4 Bad value of parameter ENVID")]
    [InlineData("MAIL FROM:<a@example.com> ENVID=+0A", "501 5.5.4 Bad value of parameter ENVID")]
    [InlineData("MAIL FROM:<a@example.com> ENVID=+zz", "501 5.5.4 Bad value of parameter ENVID")]
    [InlineData("MAIL FROM:<a@example.com> ENVID=1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890+31", "501 5.5.4 Bad value of parameter ENVID")]
    [InlineData("MAIL FROM:<a@example.com> SMTPUTF8=yes", "501 5.5.4 Bad value of parameter SMTPUTF8")]
    [InlineData("MAIL FROM:<a@ｅｘａｍｐｌｅ.com> SMTPUTF8", "501 5.5.4 ")]
    [InlineData("MAIL FROM:<a@exa\u202Emple.com> SMTPUTF8", "501 5.5.4 ")]
    [InlineData("MAIL FROM:<a\u0085b@example.com> SMTPUTF8", "501 5.5.4 ")]
    [InlineData("MAIL FROM:<a\u2028b@example.com> SMTPUTF8", "501 5.5.4 ")]
    [InlineData("RCPT TO:<a@example.com>", "503 5.5.1 Send MAIL first")]
    [InlineData("DATA", "503 5.5.1 ")]
    [InlineData("BDAT 0", "503 5.5.1 Send MAIL first")]
    [InlineData("AUTH NOSUCH", "504 5.5.4 ")]
    [InlineData("AUTH SCRAM-SHA-256", "504 5.5.4 ")]
    [InlineData("AUTH PLAIN !!!!", "501 5.5.2 ")]
    [InlineData("AUTH PLAIN AGpvaG4Ac2VjcmV0", "235 2.7.0 ")]
    public async Task After_the_greeting(string command, string expected)
    {
        await _client.AskAsync("EHLO client.example.net");
        await ExpectAsync(command, expected);
    }

    [Theory]
    [InlineData("RCPT TO:<a@example.com>", "250 2.1.5 ")]
    [InlineData("RCPT TO:<anyone@elsewhere.example>", "250 2.1.5 ")]
    [InlineData("RCPT TO:<Postmaster>", "250 2.1.5 ")]
    [InlineData("RCPT TO:<@relay.example:a@example.com>", "250 2.1.5 ")]
    [InlineData("RCPT TO:<>", "501 5.5.4 ")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=NEVER", "250 2.1.5 ")]
    [InlineData("RCPT TO:<a@example.com> notify=success,FAILURE,Delay ORCPT=rfc822;x+2By@example.net", "250 2.1.5 ")]
    [InlineData("RCPT TO:<a@example.com> NOSUCH=1", "555 5.5.4 Parameter NOSUCH not recognized")]
    [InlineData("RCPT TO:<a@example.com> NO\u001bSUCH=1", "501 5.5.4 Syntax: RCPT TO:")]
    [InlineData("RCPT TO:<a@example.com> NO\rSUCH=1", "501 5.5.4 Syntax: RCPT TO:")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=\u001b", "501 5.5.4 Syntax: RCPT TO:")]
    [InlineData("RCPT TO:<a@example.com> A234567890A234567890A234567890A234567890A234567890A234567890A2345", "501 5.5.4 Syntax: RCPT TO:")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY", "501 5.5.4 Bad value of parameter NOTIFY")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=", "501 5.5.4 Bad value of parameter NOTIFY")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=ALWAYS", "501 5.5.4 Bad value of parameter NOTIFY")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=NEVER,SUCCESS", "501 5.5.4 Bad value of parameter NOTIFY")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=SUCCESS,", "501 5.5.4 Bad value of parameter NOTIFY")]
    [InlineData("RCPT TO:<a@example.com> NOTIFY=NEVER NOTIFY=NEVER", "501 5.5.4 Parameter NOTIFY is given twice")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=a@example.com", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=;a@example.com", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=rfc822;", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=rfc822;a+0D+0ABcc:x", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=rfc822;a+2", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=rfc822;a+2b", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=rfc822;jörg@example.com", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=utf-8;jörg@example.com", "553 5.6.7 ")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=utf-8;j\\x{F6}rg@example.com", "250 2.1.5 ")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=utf-8;j\\x{D800}rg@example.com", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=utf-8;j\\x{0D}rg@example.com", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<a@example.com> ORCPT=utf-8;j\\x{F6", "501 5.5.4 Bad value of parameter ORCPT")]
    [InlineData("RCPT TO:<jörg@example.com>", "553 5.6.7 An address that is not ASCII needs the parameter SMTPUTF8")]
    [InlineData("RCPT TO:<a@bücher.example>", "553 5.6.7 ")]
    [InlineData("MAIL FROM:<b@example.com>", "503 5.5.1 ")]
    [InlineData("DATA", "503 5.5.1 ")]
    [InlineData("BDAT 0 LAST", "503 5.5.1 A transaction is under way; send RCPT")]
    [InlineData("STARTTLS", "503 5.5.1 ")]
    public async Task After_MAIL(string command, string expected)
    {
        await _client.AskAsync("EHLO client.example.net");
        await ExpectAsync("MAIL FROM:<b@example.com>", "250 ");
        await ExpectAsync(command, expected);
    }

    [Fact]
    public async Task RSET_and_EHLO_give_a_transaction_up()
    {
        foreach (var command in new[] { "RSET", "EHLO again", "HELO again" })
        {
            await _client.AskAsync("EHLO client.example.net");
            await ExpectAsync("MAIL FROM:<b@example.com>", "250 ");
            await ExpectAsync("RCPT TO:<a@example.com>", "250 ");
            await ExpectAsync(command, "250");
            await ExpectAsync("DATA", "503 ");
        }
    }

    [Fact]
    public async Task Pipelined_commands_are_answered_in_order_RFC2920()
    {
        await _client.AskAsync("EHLO client.example.net");
        await _client.SendAsync("MAIL FROM:<b@example.com>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<>\r\nDATA\r\n");
        foreach (var expected in new[] { "250 2.1.0", "250 2.1.5", "501 5.5.4", "354 " })
            Assert.StartsWith(expected, await _client.ReadReplyAsync(), StringComparison.Ordinal);
        await _client.SendAsync("Subject: x\r\n\r\nx\r\n.\r\nMAIL FROM:<c@example.com>\r\nQUIT\r\n");
        foreach (var expected in new[] { "250 2.0.0 Ok: queued", "250 2.1.0", "221 2.0.0" })
            Assert.StartsWith(expected, await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(_server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task STARTTLS_secures_and_forgets_RFC3207_4_2()
    {
        await _client.AskAsync("EHLO client.example.net");
        await ExpectAsync("STARTTLS", "220 2.0.0 ");
        await _client.SecureAsync();
        await ExpectAsync("MAIL FROM:<b@example.com>", "503 ");
        var reply = await _client.AskAsync("EHLO client.example.net");
        Assert.DoesNotContain("STARTTLS", reply, StringComparison.Ordinal);
        await ExpectAsync("STARTTLS", "503 5.5.1 TLS is already on");
        await ExpectAsync("MAIL FROM:<b@example.com>", "250 ");
        await ExpectAsync("RCPT TO:<a@example.com>", "250 ");
        await ExpectAsync("DATA", "354 ");
        await ExpectAsync(".", "250 ");
        Assert.Contains(" with ESMTPS id ", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_injected_behind_STARTTLS_end_the_session()
    {
        await _client.AskAsync("EHLO client.example.net");
        await _client.SendAsync("STARTTLS\r\nRSET\r\n");
        Assert.StartsWith("421 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Null(await _client.ReadLineAsync());
    }

    [Fact]
    public async Task A_cancelled_AUTH_exchange_ends_with_501_and_the_session_goes_on()
    {
        await _client.AskAsync("EHLO client.example.net");
        Assert.Equal("334 ", await _client.AskAsync("AUTH PLAIN"));
        await ExpectAsync("*", "501 5.7.0 ");
        await ExpectAsync("AUTH LOGIN", "334 VXNlcm5hbWU6");
        await ExpectAsync("am9obg==", "334 UGFzc3dvcmQ6");
        await ExpectAsync("c2VjcmV0", "235 ");
        await ExpectAsync("AUTH LOGIN", "503 5.5.1 Already authenticated");
    }

    [Fact]
    public async Task Submission_asks_for_a_login_first_RFC6409_4_3()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false });
        await using var client = await server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        Assert.DoesNotContain("PLAIN", await client.AskAsync("EHLO client.example.net"), StringComparison.Ordinal);
        Assert.StartsWith("530 5.7.0 ", await client.AskAsync("MAIL FROM:<a@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("538 5.7.11 ", await client.AskAsync("AUTH PLAIN AGpvaG4Ac2VjcmV0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_users_and_foreign_domains_are_refused_at_RCPT()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.net");
        await client.AskAsync("MAIL FROM:<a@example.org>");
        Assert.StartsWith("550 5.1.1 <nobody@example.com>", await client.AskAsync("RCPT TO:<nobody@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 <x@elsewhere.example>", await client.AskAsync("RCPT TO:<x@elsewhere.example>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 ", await client.AskAsync("RCPT TO:<nobody%elsewhere.example@elsewhere.example>"), StringComparison.Ordinal);
        Assert.Equal(3, server.Server.Counters.Refusals);
    }

    [Fact]
    public async Task An_accepted_message_is_an_event_with_its_envelope()
    {
        await ExpectAsync("HELO a", "250 ");
        await ExpectAsync("MAIL FROM:<b@example.com>", "250 ");
        await ExpectAsync("RCPT TO:<a@example.com>", "250 ");
        await ExpectAsync("DATA", "354 ");
        var reply = await _client.AskAsync("Subject: x\r\n\r\nx\r\n.");
        var accepted = await _server.WaitForAsync<MessageAccepted>();
        Assert.Equal("b@example.com", accepted.Sender);
        Assert.Equal(["a@example.com"], accepted.Recipients);
        Assert.EndsWith("queued as " + accepted.MessageId, reply, StringComparison.Ordinal);
        Assert.Equal(new FileInfo(Assert.Single(_server.InboxFiles("a@example.com"))).Length, accepted.Size);
    }

    [Fact]
    public async Task Implicit_TLS_comes_before_the_greeting_RFC8314_3_3()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Submission, TlsMode.Implicit);
        await client.SecureAsync();
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
    }

    private async Task ExpectAsync(string command, string expected) =>
        Assert.StartsWith(expected, await _client.AskAsync(command), StringComparison.Ordinal);
}
