using System.Text;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>Internationalized mail (RFC 6531): what is the same address, what only looks like it, and what the trace says.</summary>
public sealed class SmtpUtf8Tests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { Domains = ["example.com", "bücher.example"] });
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _client.ReadReplyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("jörg@bücher.example")]
    [InlineData("jo\u0308rg@bücher.example")]
    [InlineData("jörg@bu\u0308cher.example")]
    [InlineData("jörg@BÜCHER.example")]
    [InlineData("JÖRG@xn--bcher-kva.example")]
    [InlineData("jörg@XN--BCHER-KVA.example")]
    public async Task Every_spelling_of_an_address_leads_to_its_mailbox(string address)
    {
        Assert.StartsWith("250 2.0.0 ", await SendAsync($"RCPT TO:<{address}>"), StringComparison.Ordinal);
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("jörg@xn--bcher-kva.example")));
        Assert.Contains($"\tfor <{address}>;", stored, StringComparison.Ordinal);
        Assert.Contains("Subject: Grüße", stored, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jorg@bücher.example")]
    [InlineData("jöгg@bücher.example")]
    [InlineData("jörg@bücherr.example")]
    [InlineData("jörg@büсher.example")]
    public async Task A_look_alike_has_a_mailbox_of_its_own(string address)
    {
        Assert.StartsWith("250 2.0.0 ", await SendAsync($"RCPT TO:<{address}>"), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("jörg@xn--bcher-kva.example"));
    }

    [Fact]
    public async Task A_login_by_any_spelling_reads_the_same_mailbox()
    {
        await SendAsync("RCPT TO:<jörg@bücher.example>");
        await using var reader = await _server.ConnectAsync(MailProtocol.Pop3);
        await reader.ReadLineAsync();
        await reader.AskAsync("USER jo\u0308rg@BÜCHER.example");
        Assert.StartsWith("+OK", await reader.AskAsync("PASS x"), StringComparison.Ordinal);
        Assert.StartsWith("+OK 1 ", await reader.AskAsync("STAT"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "UTF8SMTP")]
    [InlineData(true, false, "UTF8SMTPS")]
    [InlineData(false, true, "UTF8SMTPA")]
    [InlineData(true, true, "UTF8SMTPSA")]
    public async Task The_trace_says_so_RFC6531_4_3(bool secured, bool loggedIn, string expected)
    {
        await _client.AskAsync("EHLO a");
        if (secured)
        {
            await _client.AskAsync("STARTTLS");
            await _client.SecureAsync();
            await _client.AskAsync("EHLO a");
        }

        if (loggedIn)
            Assert.StartsWith("235 ", await _client.AskAsync("AUTH PLAIN AGpvaG4Ac2VjcmV0"), StringComparison.Ordinal);
        await SendAsync("RCPT TO:<a@example.com>", greet: false);
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com")));
        Assert.StartsWith("Return-Path: <søren@example.org>\r\n", stored, StringComparison.Ordinal);
        Assert.Contains($"(MailOps) with {expected} id ", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_did_not_ask_gets_no_UTF8_from_the_one_before()
    {
        await SendAsync("RCPT TO:<a@example.com>");
        await _client.AskAsync("MAIL FROM:<b@example.com>");
        Assert.StartsWith("553 5.6.7 ", await _client.AskAsync("RCPT TO:<jörg@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_is_found_by_either_form_of_its_domain()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, Domains = ["bücher.example"] });
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "users"), "ann@xn--bcher-kva.example:{PLAIN}x\n");
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<b@example.org> SMTPUTF8");
        Assert.StartsWith("250 2.1.5 ", await client.AskAsync("RCPT TO:<ann@bücher.example>"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.5 ", await client.AskAsync("RCPT TO:<ann@xn--bcher-kva.example>"), StringComparison.Ordinal);
        Assert.Equal("550 5.7.1 <ann@büсher.example>: relaying denied, the domain is not served here", await client.AskAsync("RCPT TO:<ann@büсher.example>"));
        Assert.Equal("550 5.1.1 <änn@bücher.example>: no such user here", await client.AskAsync("RCPT TO:<änn@bücher.example>"));
    }

    [Fact]
    public async Task Octets_that_are_not_UTF8_are_refused()
    {
        await _client.AskAsync("EHLO a");
        await _client.SendAsync(Encoding.Latin1.GetBytes("MAIL FROM:<jörg@example.com> SMTPUTF8\r\n"));
        Assert.StartsWith("501 5.5.4 Syntax: MAIL FROM:<address>", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        await _client.SendAsync(Encoding.Latin1.GetBytes("VRFY jörg SMTPUTF8\r\n"));
        Assert.StartsWith("501 5.5.4 Syntax: VRFY ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    private async Task<string?> SendAsync(string recipient, bool greet = true)
    {
        if (greet)
            await _client.AskAsync("EHLO a");
        Assert.StartsWith("250 2.1.0 ", await _client.AskAsync("MAIL FROM:<søren@example.org> BODY=8BITMIME SMTPUTF8"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.5 ", await _client.AskAsync(recipient), StringComparison.Ordinal);
        await _client.AskAsync("DATA");
        return await _client.AskAsync("Subject: Grüße\r\n\r\nx\r\n.");
    }
}
