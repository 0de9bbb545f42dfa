using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>Reports of delivery (RFC 3461): who gets one, what is in it, and who never does.</summary>
public sealed class SmtpReportTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _client.ReadReplyAsync();
        await _client.AskAsync("EHLO a");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_sender_who_asked_hears_that_the_message_was_delivered_and_of_whom_RFC3464()
    {
        await SendAsync("MAIL FROM:<bob@example.com> RET=FULL ENVID=QQ+2B314159", "RCPT TO:<ann@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;old+2Bann@example.net", "RCPT TO:<silent@example.com>", "RCPT TO:<never@example.com> NOTIFY=NEVER", "RCPT TO:<\"o d d\"@example.com> NOTIFY=SUCCESS");
        var file = Assert.Single(_server.InboxFiles("bob@example.com"));
        Assert.StartsWith("Return-Path: <>\r\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);

        var message = await MimeMessage.LoadAsync(file);
        Assert.Equal("bob@example.com", message.To.Mailboxes.Single().Address);
        Assert.Equal("auto-replied", message.Headers["Auto-Submitted"]);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Contains("<ann@example.com>", Assert.IsType<TextPart>(report[0]).Text, StringComparison.Ordinal);

        var groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;
        Assert.Equal(3, groups.Count);
        Assert.Equal("dns; mx.example.com", groups[0]["Reporting-MTA"]);
        Assert.Equal("QQ+314159", groups[0]["Original-Envelope-Id"]);
        Assert.Equal("rfc822;old+ann@example.net", groups[1]["Original-Recipient"]);
        Assert.Equal("rfc822;ann@example.com", groups[1]["Final-Recipient"]);
        Assert.Equal("delivered", groups[1]["Action"]);
        Assert.Equal("2.0.0", groups[1]["Status"]);
        Assert.Equal("rfc822;\"o d d\"@example.com", groups[2]["Final-Recipient"]);
        Assert.Null(groups[2]["Original-Recipient"]);

        // RET is about failures alone (RFC 3461 section 4.3).
        var headers = Assert.IsType<TextRfc822Headers>(report[2]).Message!.Headers;
        Assert.Equal("the report", headers["Subject"]);
        Assert.DoesNotContain("the body", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.DoesNotContain("silent@", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Equal("bob@example.com", (await _server.WaitForAsync<DeliveryReported>()).Sender);
    }

    [Fact]
    public async Task The_header_comes_back_from_chunks_too_wherever_they_are_cut()
    {
        const string Message = "Subject: chunked\r\nX: y\r\n\r\nbody\r\n";
        for (var cut = 0; cut < Message.Length; cut++)
        {
            var sender = $"s{cut}@example.com";
            await _client.AskAsync($"MAIL FROM:<{sender}>");
            await _client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=SUCCESS");
            await _client.SendAsync($"BDAT {cut}\r\n{Message[..cut]}BDAT {Message.Length - cut} LAST\r\n{Message[cut..]}");
            Assert.StartsWith("250 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.StartsWith("250 2.0.0 Ok: queued", await _client.ReadReplyAsync(), StringComparison.Ordinal);
            var report = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles(sender)));
            Assert.Contains("Content-Type: text/rfc822-headers\r\n\r\nSubject: chunked\r\nX: y\r\n\r\n--=_", report, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\r\nno header\r\n", "Content-Type: text/rfc822-headers\r\n\r\n\r\n--=_")]
    [InlineData("Subject: never ends\r\n", "Content-Type: text/rfc822-headers\r\n\r\nSubject: never ends\r\n\r\n--=_")]
    public async Task A_message_without_header_or_body_is_reported_all_the_same(string text, string expected)
    {
        await SendAsync("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com> NOTIFY=SUCCESS", text: text);
        Assert.Contains(expected, await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("bob@example.com"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_header_without_end_what_fits_comes_back_in_whole_lines()
    {
        await SendAsync("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com> NOTIFY=SUCCESS", text: string.Concat(Enumerable.Repeat("X: 123456789\r\n", 10_000)));
        var report = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("bob@example.com")));
        Assert.Equal(64 * 1024 / 14, report.Split("X: 123456789\r\n").Length - 1);
    }

    [Fact]
    public async Task Of_a_line_without_end_nothing_comes_back()
    {
        await SendAsync("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com> NOTIFY=SUCCESS", text: new string('x', 100_000) + "\r\n");
        Assert.Contains("Content-Type: text/rfc822-headers\r\n\r\n\r\n--=_", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("bob@example.com"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_SMTPUTF8_the_report_has_UTF8_RFC6533()
    {
        await SendAsync("MAIL FROM:<jörg@example.com> SMTPUTF8", @"RCPT TO:<änn@bücher.example> NOTIFY=SUCCESS ORCPT=utf-8;\x{E4}nn\x{2B}x@b\x{FC}cher.example", text: "Subject: Grüße\r\n\r\nx\r\n");
        var report = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("jörg@example.com")));
        Assert.Contains("\r\nTo: <jörg@example.com>\r\n", report, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n", report, StringComparison.Ordinal);
        Assert.Contains("\r\nOriginal-Recipient: utf-8;änn+x@bücher.example\r\nFinal-Recipient: utf-8;änn@bücher.example\r\n", report, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/global-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: Grüße\r\n", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL FROM:<>", "RCPT TO:<ann@example.com> NOTIFY=SUCCESS")]
    [InlineData("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com>")]
    [InlineData("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com> NOTIFY=NEVER")]
    [InlineData("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com> NOTIFY=FAILURE,DELAY")]
    public async Task Who_did_not_ask_or_cannot_be_answered_gets_no_report(string mail, string rcpt)
    {
        await SendAsync(mail, rcpt);
        Assert.Single(_server.InboxFiles("ann@example.com"));
        Assert.Empty(_server.InboxFiles("bob@example.com"));
        Assert.DoesNotContain(_server.Events, happened => happened is DeliveryReported);
    }

    [Fact]
    public async Task A_message_that_is_not_delivered_is_not_reported_as_delivered()
    {
        await _client.AskAsync("MAIL FROM:<bob@example.com>");
        await _client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=SUCCESS");
        await _client.AskAsync("DATA");
        await _client.SendAsync("bare\nline\r\n.\r\n");
        Assert.StartsWith("521 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("bob@example.com"));
    }

    [Fact]
    public async Task A_report_that_does_not_fit_the_senders_quota_is_an_event_and_the_message_stays_delivered()
    {
        var inbox = Path.Combine(_server.StorePath, "mail", "example.com", "bob");
        Directory.CreateDirectory(inbox);
        await File.WriteAllTextAsync(Path.Combine(inbox, "maildirsize"), "100S\n0 0\n");
        await SendAsync("MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com> NOTIFY=SUCCESS");
        Assert.Single(_server.InboxFiles("ann@example.com"));
        Assert.Empty(_server.InboxFiles("bob@example.com"));
        Assert.Contains("quota", (await _server.WaitForAsync<SessionFaulted>()).Exception.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Between_servers_DSN_is_not_offered_so_that_the_other_side_reports_what_it_did()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false });
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "users"), "ann@example.com:{PLAIN}x\n");
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        Assert.DoesNotContain("DSN", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.Equal("555 5.5.4 Parameter RET belongs to an extension that is not offered here", await client.AskAsync("MAIL FROM:<x@example.org> RET=HDRS"));
        await client.AskAsync("MAIL FROM:<x@example.org>");
        Assert.Equal("555 5.5.4 Parameter NOTIFY belongs to an extension that is not offered here", await client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=SUCCESS"));
    }

    [Fact]
    public async Task A_promise_to_report_to_another_server_is_not_made()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, SenderCheck = SenderCheck.None });
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "users"), "ann@example.com:{PLAIN}x\n");
        await using var client = await server.ConnectAsync(MailProtocol.Submission, TlsMode.Implicit);
        await client.SecureAsync();
        await client.ReadReplyAsync();
        Assert.Contains("DSN", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0ann@example.com\0x"u8)), StringComparison.Ordinal);
        await client.AskAsync("MAIL FROM:<x@example.org>");
        Assert.Equal("555 5.5.4 NOTIFY=SUCCESS cannot be kept: <x@example.org> has no mailbox here, and no reports are sent to other servers", await client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=SUCCESS"));
        Assert.StartsWith("250 2.1.5 ", await client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=FAILURE"), StringComparison.Ordinal);
    }

    private async Task SendAsync(string mail, params string[] recipients) => await SendAsync(mail, recipients, "Subject: the report\r\n\r\nthe body\r\n");

    private Task SendAsync(string mail, string recipient, string text) => SendAsync(mail, [recipient], text);

    private async Task SendAsync(string mail, string[] recipients, string text)
    {
        Assert.StartsWith("250 ", await _client.AskAsync(mail), StringComparison.Ordinal);
        foreach (var recipient in recipients)
            Assert.StartsWith("250 ", await _client.AskAsync(recipient), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await _client.AskAsync("DATA"), StringComparison.Ordinal);
        await _client.SendAsync(text);
        Assert.StartsWith("250 2.0.0 Ok: queued", await _client.AskAsync("."), StringComparison.Ordinal);
    }
}
