using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>Clients that do not wait where they must: before the greeting, and behind a command that ends a group (RFC 2920 section 3.1).</summary>
public sealed class EarlyTalkerTests : IAsyncLifetime
{
    private const string Message = "Subject: x\r\n\r\nx\r\n.\r\n";

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(options => options with { ProxyFrom = TrustedNetworks.Parse(["127.0.0.2"]) });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("EHLO a\r\nMAIL FROM:<a@example.org>\r\n", "EHLO")]
    [InlineData("EHLO a\r\nNOOP", "EHLO")]
    [InlineData("HELO a\r\nMAIL FROM:<a@example.org>\r\n", "HELO")]
    [InlineData("AUTH PLAIN\r\nAGFubkBleGFtcGxlLmNvbQBzZWNyZXQ=\r\n", "AUTH")]
    [InlineData("DATA\r\n" + Message, "DATA")]
    public async Task What_comes_behind_a_command_that_ends_a_group_ends_the_session(string sent, string command)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        if (command is "DATA")
        {
            await client.AskAsync("MAIL FROM:<a@example.org>");
            await client.AskAsync("RCPT TO:<ann@example.com>");
        }

        await client.SendAsync(sent);
        Assert.Equal($"554 5.5.0 SMTP synchronization error: wait for the reply to {command} before sending more, closing connection\n", await client.ReadToEndAsync());
        Assert.Empty(_server.InboxFiles("ann@example.com"));
        Assert.Equal(command, (await _server.WaitForAsync<MailRefused>()).Command);
    }

    [Fact]
    public async Task A_message_behind_a_DATA_that_is_not_legal_is_not_taken_for_commands()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<a@example.org>");
        await client.SendAsync("RCPT TO:<broken\r\nDATA\r\nRSET\r\nMAIL FROM:<b@example.org>\r\n");
        Assert.StartsWith("501 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("554 5.5.0 SMTP synchronization error", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_may_be_pipelined_is_and_a_group_ends_with_its_last_command()
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await client.SendAsync("RSET\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<ann@example.com>\r\nDATA\r\n");
        foreach (var code in new[] { "250", "250", "250", "354" })
            Assert.StartsWith(code, await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync(Message + "MAIL FROM:<a@example.org>\r\nRCPT TO:<ann@example.com>\r\nBDAT 14 LAST\r\nSubject: x\r\n\r\nQUIT\r\n");
        foreach (var code in new[] { "250", "250", "250", "250", "221" })
            Assert.StartsWith(code, await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(2, _server.InboxFiles("ann@example.com").Count);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Submission)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task Who_speaks_before_the_greeting_is_told_so_and_gets_none(MailProtocol protocol)
    {
        // The header of a proxy is waited for: what comes with it has come before the greeting for sure.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await socket.ConnectAsync(IPAddress.Loopback, _server.Port(protocol), TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes("PROXY TCP4 127.0.0.1 127.0.0.1 40000 25\r\nEHLO a\r\n"), TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        Assert.Equal("554 SMTP synchronization error: wait for the greeting before sending more, closing connection\r\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("CONNECT", (await _server.WaitForAsync<MailRefused>()).Command);
    }
}
