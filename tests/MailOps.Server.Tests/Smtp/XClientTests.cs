using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>XCLIENT: a trusted proxy speaks for its clients, and nobody else does.</summary>
public sealed class XClientTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { Capture = false, XClientFrom = TrustedNetworks.Parse(["127.0.0.0/8"]) });
        await File.WriteAllTextAsync(Path.Combine(_server.StorePath, "users"), "ann@example.com:{PLAIN}x\n");
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _client.ReadReplyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("ADDR=192.0.2.9 PORT=1234 NAME=client.example.net", "Received: from a (client.example.net [192.0.2.9])\r\n", "192.0.2.9:1234")]
    [InlineData("addr=IPV6:2001:db8::9", "Received: from a ([2001:db8::9])\r\n", "[2001:db8::9]:0")]
    [InlineData("ADDR=[UNAVAILABLE] NAME=[TEMPUNAVAIL]", "Received: from a ([unknown])\r\n", null)]
    [InlineData("NAME=odd+20name+0A", null, null)]
    [InlineData("NAME=odd+28name", "Received: from a (odd?name [127.0.0.1])\r\n", "127.0.0.1")]
    public async Task The_session_begins_anew_for_the_client(string attributes, string? trace, string? remote)
    {
        Assert.Contains("XCLIENT NAME ADDR PORT PROTO HELO LOGIN", await _client.AskAsync("EHLO proxy"), StringComparison.Ordinal);
        var reply = await _client.AskAsync("XCLIENT " + attributes);
        if (trace is null)
        {
            Assert.Equal("501 5.5.4 Bad value of attribute NAME", reply);
            return;
        }

        Assert.Equal("220 mx.example.com ESMTP MailOps ready", reply);
        Assert.Equal("503 Send HELO or EHLO first", await _client.AskAsync("MAIL FROM:<b@example.org>"));
        await SendAsync("EHLO a");
        Assert.Contains(trace, await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
        Assert.StartsWith(remote ?? "", (await _server.WaitForAsync<MessageAccepted>()).Remote?.ToString() ?? "", StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", (await _server.WaitForAsync<ClientIntroduced>()).By!.Address.ToString());
    }

    [Fact]
    public async Task With_HELO_and_PROTO_the_client_has_greeted_already()
    {
        Assert.StartsWith("220 ", await _client.AskAsync("XCLIENT ADDR=192.0.2.9 HELO=mail.example.net PROTO=ESMTP"), StringComparison.Ordinal);
        await SendAsync(null);
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com")));
        Assert.Contains("Received: from mail.example.net ([192.0.2.9])\r\n", stored, StringComparison.Ordinal);
        Assert.Contains("with ESMTP id", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LOGIN_is_a_login_and_the_next_XCLIENT_takes_it_back()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO proxy");
        Assert.StartsWith("530 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("220 ", await client.AskAsync("XCLIENT LOGIN=Ann@example.com"), StringComparison.Ordinal);
        await client.AskAsync("EHLO a");
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("503 5.5.1 A transaction is under way", await client.AskAsync("XCLIENT LOGIN=ann@example.com"), StringComparison.Ordinal);
        await client.AskAsync("RSET");
        Assert.StartsWith("220 ", await client.AskAsync("XCLIENT ADDR=192.0.2.9"), StringComparison.Ordinal);
        await client.AskAsync("EHLO a");
        Assert.StartsWith("530 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("XCLIENT", "501 5.5.4 Syntax: XCLIENT attribute=value")]
    [InlineData("XCLIENT ", "501 5.5.4 Syntax: XCLIENT attribute=value")]
    [InlineData("XCLIENT ADDR", "501 5.5.4 Bad value of attribute ADDR")]
    [InlineData("XCLIENT ADDR=", "501 5.5.4 Bad value of attribute ADDR")]
    [InlineData("XCLIENT ADDR=192.0.2", "501 5.5.4 Bad value of attribute ADDR")]
    [InlineData("XCLIENT ADDR=192.0.2.256", "501 5.5.4 Bad value of attribute ADDR")]
    [InlineData("XCLIENT ADDR=2001:db8::1", "501 5.5.4 Bad value of attribute ADDR")]
    [InlineData("XCLIENT ADDR=IPV6:192.0.2.1", "501 5.5.4 Bad value of attribute ADDR")]
    [InlineData("XCLIENT PORT=65536", "501 5.5.4 Bad value of attribute PORT")]
    [InlineData("XCLIENT PROTO=LMTP", "501 5.5.4 Bad value of attribute PROTO")]
    [InlineData("XCLIENT NAME=a+2", "501 5.5.4 Bad value of attribute NAME")]
    [InlineData("XCLIENT NAME=a NAME=b", "501 5.5.4 Attribute NAME is given twice")]
    [InlineData("XCLIENT COLOR=red", "501 5.5.4 Attribute COLOR is not taken; NAME ADDR PORT PROTO HELO LOGIN are")]
    [InlineData("XCLIENT LOGIN=nobody@example.com", "501 5.5.4 LOGIN is not the name of an account here")]
    [InlineData("XCLIENT LOGIN=ann@elsewhere.example", "501 5.5.4 LOGIN is not the name of an account here")]
    public async Task What_cannot_be_taken_changes_nothing(string command, string expected)
    {
        await _client.AskAsync("EHLO proxy");
        Assert.StartsWith(expected, await _client.AskAsync(command), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await _client.AskAsync("MAIL FROM:<b@example.org>"), StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Events, happened => happened is ClientIntroduced);
    }

    [Fact]
    public async Task It_is_taken_again_after_the_address_has_changed()
    {
        await _client.AskAsync("XCLIENT ADDR=192.0.2.9");
        Assert.Contains("XCLIENT", await _client.AskAsync("EHLO proxy"), StringComparison.Ordinal);
        Assert.StartsWith("220 ", await _client.AskAsync("XCLIENT ADDR=192.0.2.10"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_PROXY_header_the_address_in_it_decides()
    {
        await using var server = await TestServer.StartAsync(options => options with { ProxyFrom = TrustedNetworks.Parse(["127.0.0.1"]), XClientFrom = TrustedNetworks.Parse(["127.0.0.1"]) });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync("PROXY TCP4 192.0.2.7 192.0.2.1 40000 25\r\n");
        await client.ReadReplyAsync();
        Assert.DoesNotContain("XCLIENT", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.Equal("550 5.7.0 XCLIENT is taken from trusted addresses only", await client.AskAsync("XCLIENT ADDR=192.0.2.9"));
    }

    private async Task SendAsync(string? greeting)
    {
        if (greeting is not null)
            await _client.AskAsync(greeting);
        await _client.AskAsync("MAIL FROM:<b@example.org>");
        Assert.StartsWith("250", await _client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        await _client.AskAsync("DATA");
        Assert.StartsWith("250", await _client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }
}
