using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>What a listener is for decides who logs in, who may come, and how large a message may be.</summary>
public sealed class RoleTests
{
    [Fact]
    public async Task Between_servers_nobody_logs_in_unless_that_is_asked_for()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await using var client = await GreetAsync(server, MailProtocol.Smtp);
        Assert.DoesNotContain("AUTH", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.Equal("502 5.5.1 Nobody logs in here; users send their mail through submission", await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ="));
        Assert.Empty(server.Events.OfType<LoginFailed>());

        await using var asked = await TestServer.StartAsync(options => options with { Capture = false, Smtp = options.Smtp with { Login = LoginRule.Offered }, Authentication = options.Authentication with { AllowPlaintextLogin = true } });
        await using var other = await GreetAsync(asked, MailProtocol.Smtp);
        Assert.Contains("AUTH ", await other.AskAsync("EHLO a"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await other.AskAsync("MAIL FROM:<a@example.org>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "EHLO a")]
    [InlineData(MailProtocol.Submission, "EHLO a")]
    [InlineData(MailProtocol.Lmtp, "LHLO a")]
    public async Task Where_TLS_is_required_there_is_nothing_else_before_it_RFC3207_4(MailProtocol protocol, string hello)
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Smtp = options.Smtp with { RequireTls = true },
            Submission = options.Submission with { RequireTls = true },
            Lmtp = options.Lmtp with { RequireTls = true },
        });
        await using var client = await GreetAsync(server, protocol);
        Assert.StartsWith("530 ", await client.AskAsync("MAIL FROM:<a@example.org>"), StringComparison.Ordinal);
        Assert.StartsWith("250-", await client.AskAsync(hello), StringComparison.Ordinal);
        foreach (var command in new[] { "MAIL FROM:<a@example.org>", "RCPT TO:<a@example.com>", "DATA", "RSET", "VRFY a" })
            Assert.Equal("530 5.7.0 Must issue a STARTTLS command first", await client.AskAsync(command));
        if (protocol is not MailProtocol.Lmtp)
            Assert.StartsWith("530 5.7.0 ", await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ="), StringComparison.Ordinal);

        // Its octets are read all the same: none is a command.
        Assert.StartsWith("503 5.5.1 ", await client.AskAsync("BDAT 6 LAST\r\nQUIT\r\nNOOP"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("220 ", await client.AskAsync("STARTTLS"), StringComparison.Ordinal);
        await client.SecureAsync();
        Assert.StartsWith("250-", await client.AskAsync(hello), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.0 ", await client.AskAsync("MAIL FROM:<a@example.org>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_role_has_its_own_size_and_otherwise_that_of_the_server()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            MaxMessageSize = 3000,
            Submission = options.Submission with { MaxMessageSize = 2000 },
            Lmtp = options.Lmtp with { MaxMessageSize = 4000 },
        });
        foreach (var (protocol, hello, size) in new[] { (MailProtocol.Smtp, "EHLO", 3000), (MailProtocol.Submission, "EHLO", 2000), (MailProtocol.Lmtp, "LHLO", 4000) })
        {
            await using var client = await GreetAsync(server, protocol);
            Assert.Contains($"SIZE {size}\n", await client.AskAsync(hello + " a"), StringComparison.Ordinal);
            Assert.StartsWith("552 5.3.4 ", await client.AskAsync($"MAIL FROM:<a@example.org> SIZE={size + 1}"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync($"MAIL FROM:<a@example.org> SIZE={size}"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LMTP_is_spoken_with_trusted_addresses_only()
    {
        await using var server = await TestServer.StartAsync(options => options with { Lmtp = options.Lmtp with { Clients = TrustedNetworks.Parse(["192.0.2.0/24"]) } });
        await using var client = await server.ConnectAsync(MailProtocol.Lmtp);
        Assert.Equal("554 5.7.1 mx.example.com does not speak LMTP with your address\n", await client.ReadToEndAsync());
        Assert.Equal("lmtp is not for this address", (await server.WaitForAsync<ConnectionRefused>()).Reason);
        await using var other = await GreetAsync(server, MailProtocol.Smtp);
        Assert.StartsWith("250 ", await other.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_proxy_the_client_must_be_trusted_and_not_the_proxy()
    {
        await using var server = await TestServer.StartAsync(options => options with { ProxyFrom = TrustedNetworks.Loopback });
        await using var client = await server.ConnectAsync(MailProtocol.Lmtp);
        await client.SendAsync("PROXY TCP4 192.0.2.7 192.0.2.1 40000 24\r\n");
        Assert.StartsWith("554 5.7.1 ", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lmtp-login", "LMTP has no logins")]
    [InlineData("submission-open", "Submission without logins would take mail from anybody")]
    [InlineData("lmtp-25", "LMTP may not be spoken on port 25")]
    [InlineData("size", "SMTP would take messages of 100 octets at the most")]
    [InlineData("relative", "The socket 'lmtp.sock' has no whole path")]
    public async Task Rules_that_contradict_a_role_are_told_at_the_start(string which, string expected)
    {
        var refused = await Assert.ThrowsAsync<MailServerException>(async () => await TestServer.StartAsync(options => which switch
        {
            "lmtp-login" => options with { Lmtp = options.Lmtp with { Login = LoginRule.Offered } },
            "submission-open" => options with { Capture = false, Submission = options.Submission with { Login = LoginRule.None } },
            "lmtp-25" => options with { Endpoints = [new MailEndpoint(MailProtocol.Lmtp, TlsMode.StartTls, System.Net.IPAddress.Loopback, 25)] },
            "size" => options with { Smtp = options.Smtp with { MaxMessageSize = 100 } },
            _ => options with { Endpoints = [MailEndpoint.AtPath("lmtp.sock")] },
        }));
        Assert.Equal(MailServerFault.InvalidOptions, refused.Fault);
        Assert.StartsWith(expected, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<LineClient> GreetAsync(TestServer server, MailProtocol protocol)
    {
        var client = await server.ConnectAsync(protocol);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        return client;
    }
}
