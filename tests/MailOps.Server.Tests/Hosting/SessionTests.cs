using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

public sealed class SessionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_session_tells_who_it_is_and_what_it_did()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await SendAsync(client, "ann@example.com");

        var session = Assert.Single(server.Server.Sessions);
        Assert.Equal("smtp", session.Protocol);
        Assert.Equal("DATA", session.LastCommand);
        Assert.Equal(1, session.Messages);
        Assert.Null(session.Account);
        Assert.Null(session.Tls);
        Assert.Equal(server.Events.OfType<ConnectionOpened>().Single().Connection, session.Id);
        Assert.Equal(server.Events.OfType<ConnectionOpened>().Single().Remote, session.Remote);
    }

    [Fact]
    public async Task Octets_are_those_on_the_wire()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var protocol in new[] { MailProtocol.Smtp, MailProtocol.Pop3 })
        {
            await using var client = await server.ConnectAsync(protocol);
            var greeting = await client.ReadReplyAsync();
            var reply = await client.AskAsync("NOOP" + new string(' ', 100));

            var session = Assert.Single(server.Server.Sessions);
            Assert.Equal("NOOP".Length + 100 + 2, session.OctetsIn);
            Assert.Equal(greeting!.Length + reply!.Length + 4, session.OctetsOut);
            await client.DisposeAsync();
            await server.WaitForAsync<ConnectionClosed>(closed => closed.Connection == session.Id);
        }
    }

    [Fact]
    public async Task A_session_under_TLS_tells_its_account_and_its_cipher()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Imap, TlsMode.Implicit);
        await client.SecureAsync();
        await client.ReadLineAsync();
        await client.SendAsync("a LOGIN ann@example.com secret\r\n");
        await client.ReadLineAsync();

        var session = Assert.Single(server.Server.Sessions);
        Assert.Equal("ann@example.com", session.Account);
        Assert.StartsWith("TLSv1.", session.Tls!.Version, StringComparison.Ordinal);
        Assert.True(session.OctetsIn > 100, $"{session.OctetsIn} octets are no handshake.");
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "421 The session was ended by the administrator, try again later")]
    [InlineData(MailProtocol.Pop3, "-ERR [SYS/TEMP] The session was ended by the administrator, nothing was deleted")]
    [InlineData(MailProtocol.Imap, "* BYE The session was ended by the administrator")]
    public async Task A_session_that_is_stopped_hears_why_and_is_closed(MailProtocol protocol, string goodbye)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(protocol);
        await using var other = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await other.ReadReplyAsync();
        var first = server.Server.Sessions[0];

        Assert.True(await server.Server.StopSessionAsync(first.Id, Long));

        Assert.Equal(goodbye, await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(ConnectionEnd.SessionStopped, (await server.WaitForAsync<ConnectionClosed>()).End);
        Assert.NotEqual(first.Id, Assert.Single(server.Server.Sessions).Id);
        Assert.NotNull(await other.AskAsync("a NOOP"));
    }

    [Fact]
    public async Task Idle_ends_with_BYE()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.SendAsync("a LOGIN ann@example.com secret\r\n");
        await client.ReadLineAsync();
        await client.SendAsync("b IDLE\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);

        Assert.True(await server.Server.StopSessionAsync(server.Server.Sessions[0].Id, Long));

        Assert.Equal("* BYE The session was ended by the administrator", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_message_under_way_may_finish_first()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        var stopping = server.Server.StopSessionAsync(server.Server.Sessions[0].Id, Long);
        await client.SendAsync("Subject: x\r\n\r\nx\r\n.\r\n");

        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.True(await stopping);
        Assert.Single(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task What_does_not_finish_is_cut_off_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        await client.SendAsync("Subject: half");

        Assert.False(await server.Server.StopSessionAsync(server.Server.Sessions[0].Id, TimeSpan.Zero));

        Assert.Equal("421 4.3.2 The session was ended by the administrator, try again later", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
        Assert.Empty(server.InboxFiles("ann@example.com"));
        Assert.Equal(ConnectionEnd.SessionStopped, (await server.WaitForAsync<ConnectionClosed>()).End);
    }

    [Fact]
    public async Task A_session_that_is_not_there_is_told_as_such()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Null(await server.Server.StopSessionAsync("nobody", Long));
    }

    [Fact]
    public void An_event_shows_no_control_characters_of_a_client()
    {
        var shown = MailServerEvent.Of(3, new LoginFailed { User = "a\u001b[2Jb\r\n", Mechanism = "PLAIN" });
        Assert.Equal("a?[2Jb?? by PLAIN", shown.Detail);
        Assert.Equal((3, MailServerEventKind.LoginFailure, "LoginFailed"), (shown.ServerId, shown.Kind, shown.Event));
    }

    private static async Task SendAsync(LineClient client, string recipient)
    {
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync($"RCPT TO:<{recipient}>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }
}
