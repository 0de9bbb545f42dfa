using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>A login may send as the addresses that it owns, and as no other.</summary>
public sealed class SenderRightsTests
{
    [Theory]
    [InlineData("ann@example.com", "250 2.1.0 ")]
    [InlineData("ANN+Lists@Example.com", "250 2.1.0 ")]
    [InlineData("sales@example.com", "250 2.1.0 ")]
    [InlineData("sales+q3@example.com", "250 2.1.0 ")]
    [InlineData("", "250 2.1.0 ")]
    [InlineData("bob@example.com", "553 5.7.1 <bob@example.com>: not an address of the account that is logged in")]
    [InlineData("ann@elsewhere.example", "553 5.7.1 ")]
    [InlineData("nobody@example.com", "553 5.7.1 ")]
    [InlineData("postmaster@example.com", "553 5.7.1 ")]
    [InlineData("\"ann \"@example.com", "553 5.7.1 ")]
    [InlineData("@example.com:ann@example.com", "250 2.1.0 ")]
    public async Task MAIL_FROM_must_be_an_address_of_the_account(string sender, string expected)
    {
        foreach (var protocol in new[] { MailProtocol.Submission, MailProtocol.Smtp })
        {
            await using var server = await StartAsync();
            await using var client = await LogInAsync(server, protocol);
            Assert.StartsWith(expected, await client.AskAsync($"MAIL FROM:<{sender}>"), StringComparison.Ordinal);
            if (expected[0] == '5')
            {
                Assert.Equal("MAIL", Assert.Single(server.Events.OfType<MailRefused>()).Command);
                Assert.StartsWith("503 ", await client.AskAsync("RCPT TO:<bob@example.com>"), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task An_account_or_alias_that_is_gone_ends_the_right()
    {
        await using var server = await StartAsync();
        await using var client = await LogInAsync(server, MailProtocol.Submission);
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<sales@example.com>"), StringComparison.Ordinal);
        await client.AskAsync("RSET");
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "aliases"), "sales bob\n");
        Assert.StartsWith("553 ", await client.AskAsync("MAIL FROM:<sales@example.com>"), StringComparison.Ordinal);
        File.Delete(Path.Combine(server.StorePath, "aliases"));
        Assert.StartsWith("451 4.3.0 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_logged_in_and_whom_the_option_frees_may_send_as_anybody()
    {
        await using var server = await StartAsync();
        await using var relay = await server.ConnectAsync(MailProtocol.Smtp);
        await relay.ReadReplyAsync();
        await relay.AskAsync("EHLO relay.example.org");
        Assert.StartsWith("250 ", await relay.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);

        await using var free = await StartAsync(SenderCheck.None);
        await using var client = await LogInAsync(free, MailProtocol.Submission);
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<bob@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capturing_server_lets_everybody_send_as_anybody()
    {
        await using var server = await TestServer.StartAsync(options => options with { SenderCheck = SenderCheck.EnvelopeAndFrom });
        await using var client = await LogInAsync(server, MailProtocol.Submission);
        Assert.StartsWith("250 ", await SendAsync(client, "x@elsewhere.example", "From: y@elsewhere.example\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From: Ann <ann@example.com>\r\n\r\nx", "250 ")]
    [InlineData("Subject: x\r\nFROM: \"Sales, here\"\r\n <sales+x@example.com>,\r\n\tann@example.com\r\nTo: b@example.com\r\n\r\nFrom: bob@example.com", "250 ")]
    [InlineData("From: Bob <bob@example.com>\r\n\r\nx", "553 5.7.1 <bob@example.com>: not an address of the account that is logged in")]
    [InlineData("From: ann@example.com, bob@example.com\r\n\r\nx", "553 5.7.1 <bob@example.com>")]
    [InlineData("From: ann@example.com\r\nFrom: bob@example.com\r\n\r\nx", "553 5.7.1 <bob@example.com>")]
    [InlineData("From: ann@example.com\r\nno header line\r\nFrom : bob@example.com\r\n\r\nx", "553 5.7.1 <bob@example.com>")]
    [InlineData("From: friends: ann@example.com, bob@example.com;\r\n\r\nx", "553 5.7.1 <bob@example.com>")]
    [InlineData("From: \"ann@example.com\" <bob@example.com>\r\n\r\nx", "553 5.7.1 <bob@example.com>")]
    [InlineData("From: \"a\r\n b\"@example.com\r\n\r\nx", "553 5.7.1 ")]
    [InlineData("From: b\u00f6@example.com\r\n\r\nx", "553 5.7.1 <b?@example.com>")]
    [InlineData("From: undisclosed:;\r\n\r\nx", "553 5.7.1 The From field must name an address")]
    [InlineData("From:\r\n\r\nx", "553 5.7.1 The From field must name an address")]
    [InlineData("Subject: x\r\n\r\nFrom: ann@example.com", "553 5.7.1 The From field must name an address")]
    [InlineData("", "553 5.7.1 The From field must name an address")]
    public async Task The_From_field_must_name_addresses_of_the_account_where_that_is_asked_for(string message, string expected)
    {
        await using var server = await StartAsync(SenderCheck.EnvelopeAndFrom);
        await using var client = await LogInAsync(server, MailProtocol.Submission);
        Assert.StartsWith(expected, await SendAsync(client, "ann@example.com", message + "\r\n"), StringComparison.Ordinal);
        Assert.Equal(expected[0] == '2' ? 1 : 0, server.InboxFiles("bob@example.com").Count);

        // The session goes on.
        Assert.StartsWith("250 ", await SendAsync(client, "ann@example.com", "From: ann@example.com\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_without_end_hides_no_From_field()
    {
        await using var server = await StartAsync(SenderCheck.EnvelopeAndFrom);
        await using var client = await LogInAsync(server, MailProtocol.Submission);
        var filler = string.Concat(Enumerable.Repeat($"X-Long: {new string('x', 900)}\r\n", 1300));
        Assert.StartsWith("553 5.7.1 The header is too long", await SendAsync(client, "ann@example.com", $"From: ann@example.com\r\n{filler}From: bob@example.com\r\n\r\nx\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_envelope_is_looked_at_by_default()
    {
        await using var server = await StartAsync();
        await using var client = await LogInAsync(server, MailProtocol.Submission);
        Assert.StartsWith("250 ", await SendAsync(client, "ann@example.com", "From: bob@example.com\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_header_is_found_wherever_it_is_cut()
    {
        var message = "Subject: x\r\nFrom: ann@example.com\r\n\r\nFrom: bob@example.com\r\n"u8.ToArray();
        for (var cut = 0; cut <= message.Length; cut++)
        {
            var fields = new FromFields();
            fields.Take(message.AsSpan(0, cut));
            fields.Take(message.AsSpan(cut));
            Assert.Equal(["ann@example.com"], fields.Addresses());
        }
    }

    private static async Task<TestServer> StartAsync(SenderCheck check = SenderCheck.Envelope)
    {
        var server = await TestServer.StartAsync(options => options with { Capture = false, SenderCheck = check, Smtp = options.Smtp with { Login = LoginRule.Offered }, Authentication = new() { AllowPlaintextLogin = true } });
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "users"), "ann@example.com:{PLAIN}secret\nbob@example.com:{PLAIN}secret\n");
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "aliases"), "sales ann, bob\n");
        return server;
    }

    private static async Task<LineClient> LogInAsync(TestServer server, MailProtocol protocol)
    {
        var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.net");
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes("\0ann@example.com\0secret"))), StringComparison.Ordinal);
        return client;
    }

    private static async Task<string?> SendAsync(LineClient client, string sender, string message)
    {
        Assert.StartsWith("250 ", await client.AskAsync($"MAIL FROM:<{sender}>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<bob@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        return await client.AskAsync(message + ".");
    }
}
