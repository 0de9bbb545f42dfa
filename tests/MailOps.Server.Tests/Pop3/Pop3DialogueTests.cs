using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Pop3;

/// <summary>The textbook dialogues, and what every command answers where it is legal and where it is not.</summary>
public sealed class Pop3DialogueTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await SendMailAsync("Subject: one\r\n\r\n.first\r\nsecond\r\n");
        await SendMailAsync("Subject: two\r\n\r\nhello\r\n");
        _client = await _server.ConnectAsync(MailProtocol.Pop3);
        Assert.StartsWith("+OK mx.example.com ", await _client.ReadLineAsync(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_session_in_lower_case_with_list_stat_and_last()
    {
        await ExpectAsync("user ann@example.com", "+OK");
        await ExpectAsync("pass secret", "+OK 2 messages (");
        var sizes = Sizes();
        await ExpectAsync("list 2", $"+OK 2 {sizes[1]}");
        await ExpectAsync("stat", $"+OK 2 {sizes[0] + sizes[1]}");
        await ExpectAsync("last", "+OK 0");
        await ExpectAsync("quit", "+OK");
        Assert.Null(await _client.ReadLineAsync());
        Assert.Equal(2, _server.InboxFiles("ann@example.com").Count);
    }

    [Fact]
    public async Task Messages_are_listed_retrieved_and_deleted_at_QUIT()
    {
        await LoginAsync();
        var sizes = Sizes();
        await ExpectAsync("list", "+OK 2 messages");
        Assert.Equal([$"1 {sizes[0]}", $"2 {sizes[1]}"], await _client.ReadToDotAsync());
        await ExpectAsync("retr 1", $"+OK {sizes[0]} octets");
        var first = await _client.ReadToDotAsync();
        Assert.Equal(["Subject: one", "", "..first", "second"], first.TakeLast(4));
        Assert.Equal(sizes[0], first.Sum(line => line.Length + 2) - 1); // The dot that was stuffed does not count.
        await ExpectAsync("dele 1", "+OK");
        await ExpectAsync("retr 2", "+OK");
        Assert.Equal("hello", (await _client.ReadToDotAsync())[^1]);
        await ExpectAsync("dele 2", "+OK");
        Assert.Equal(2, _server.InboxFiles("ann@example.com").Count);
        await ExpectAsync("quit", "+OK Bye, 2 messages deleted, 0 left");
        Assert.Empty(_server.InboxFiles("ann@example.com"));
    }

    [Theory]
    [InlineData("STAT", "-ERR Log in first")]
    [InlineData("LIST", "-ERR Log in first")]
    [InlineData("RETR 1", "-ERR Log in first")]
    [InlineData("NOOP", "-ERR Log in first")]
    [InlineData("PASS x", "-ERR Send USER first")]
    [InlineData("USER", "-ERR Syntax: USER name")]
    [InlineData("AUTH", "-ERR Syntax: AUTH")]
    [InlineData("AUTH NOSUCH", "-ERR Mechanism not available")]
    [InlineData("AUTH PLAIN !", "-ERR Cannot decode")]
    [InlineData("AUTH PLAIN AGFubgBzZWNyZXQ=", "+OK ")]
    [InlineData("NOSUCH", "-ERR Unknown command")]
    [InlineData("", "-ERR Unknown command")]
    [InlineData("QUIT", "+OK ")]
    public async Task Before_the_login(string command, string expected) => await ExpectAsync(command, expected);

    [Theory]
    [InlineData("NOOP", "+OK")]
    [InlineData("LIST 3", "-ERR No such message")]
    [InlineData("LIST 0", "-ERR No such message")]
    [InlineData("LIST -1", "-ERR Syntax: LIST [message]")]
    [InlineData("LIST x", "-ERR Syntax: LIST [message]")]
    [InlineData("LIST 99999999999", "-ERR Syntax: LIST [message]")]
    [InlineData("RETR", "-ERR Syntax: RETR message")]
    [InlineData("RETR 3", "-ERR No such message")]
    [InlineData("RETR 1 2", "-ERR Syntax: RETR message")]
    [InlineData("DELE 3", "-ERR No such message")]
    [InlineData("TOP 1", "-ERR Syntax: TOP message lines")]
    [InlineData("TOP 3 0", "-ERR No such message")]
    [InlineData("UIDL 3", "-ERR No such message")]
    [InlineData("USER ann", "-ERR Already logged in")]
    [InlineData("STLS", "-ERR Already logged in")]
    [InlineData("AUTH PLAIN", "-ERR Already logged in")]
    public async Task After_the_login(string command, string expected)
    {
        await LoginAsync();
        await ExpectAsync(command, expected);
    }

    [Fact]
    public async Task Deleted_messages_are_gone_from_the_session_until_RSET()
    {
        await LoginAsync();
        await ExpectAsync("DELE 1", "+OK");
        await ExpectAsync("DELE 1", "-ERR No such message");
        await ExpectAsync("RETR 1", "-ERR No such message");
        await ExpectAsync("STAT", "+OK 1 ");
        await ExpectAsync("UIDL", "+OK");
        Assert.StartsWith("2 ", Assert.Single(await _client.ReadToDotAsync()), StringComparison.Ordinal);
        await ExpectAsync("RSET", "+OK 2 messages");
        await ExpectAsync("LIST 1", "+OK 1 ");
    }

    [Fact]
    public async Task LAST_is_the_highest_message_retrieved_RFC1460_5()
    {
        await LoginAsync();
        await ExpectAsync("RETR 2", "+OK");
        await _client.ReadToDotAsync();
        await ExpectAsync("RETR 1", "+OK");
        await _client.ReadToDotAsync();
        await ExpectAsync("LAST", "+OK 2");
        await ExpectAsync("RSET", "+OK");
        await ExpectAsync("LAST", "+OK 0");
    }

    [Fact]
    public async Task TOP_sends_the_header_and_the_first_lines()
    {
        await LoginAsync();
        await ExpectAsync("TOP 1 0", "+OK");
        Assert.Equal(["Subject: one", ""], (await _client.ReadToDotAsync()).TakeLast(2));
        await ExpectAsync("TOP 1 1", "+OK");
        Assert.Equal(["", "..first"], (await _client.ReadToDotAsync()).TakeLast(2));
    }

    [Fact]
    public async Task Unique_ids_have_Dovecots_form_and_last_across_sessions()
    {
        await LoginAsync();
        await ExpectAsync("UIDL", "+OK");
        var ids = await _client.ReadToDotAsync();
        Assert.Matches("^1 00000001[0-9a-f]{8}$", ids[0]);
        Assert.Matches("^2 00000002[0-9a-f]{8}$", ids[1]);
        await ExpectAsync("QUIT", "+OK");
        await using var again = await _server.ConnectAsync(MailProtocol.Pop3);
        await again.ReadLineAsync();
        await again.AskAsync("USER ann@example.com");
        await again.AskAsync("PASS secret");
        Assert.Equal("+OK " + ids[1], await again.AskAsync("UIDL 2"));
    }

    [Fact]
    public async Task A_session_that_breaks_deletes_nothing_RFC1939_6()
    {
        await LoginAsync();
        await ExpectAsync("DELE 1", "+OK");
        _client.Reset();
        await _server.WaitForAsync<ConnectionClosed>(closed => closed.Protocol == "pop3");
        Assert.Equal(2, _server.InboxFiles("ann@example.com").Count);
    }

    [Fact]
    public async Task One_session_at_a_time_has_the_maildrop_RFC1939_4()
    {
        await LoginAsync();
        await using var second = await _server.ConnectAsync(MailProtocol.Pop3);
        await second.ReadLineAsync();
        await second.AskAsync("USER ann@example.com");
        Assert.StartsWith("-ERR [IN-USE] ", await second.AskAsync("PASS secret"), StringComparison.Ordinal);
        await ExpectAsync("QUIT", "+OK");
        await _server.WaitForAsync<ConnectionClosed>(closed => closed.Protocol == "pop3");
        await second.AskAsync("USER ann@example.com");
        Assert.StartsWith("+OK 2 messages", await second.AskAsync("PASS secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_session_has_the_maildrop_as_soon_as_QUIT_is_answered()
    {
        await LoginAsync();
        var last = _client;
        for (var turn = 0; turn < 50; turn++)
        {
            var next = await _server.ConnectAsync(MailProtocol.Pop3);
            await next.ReadLineAsync();
            await next.AskAsync("USER ann@example.com");
            Assert.StartsWith("+OK", await last.AskAsync("QUIT"), StringComparison.Ordinal);
            Assert.StartsWith("+OK 2 messages", await next.AskAsync("PASS secret"), StringComparison.Ordinal);
            await last.DisposeAsync();
            last = next;
        }

        await last.DisposeAsync();
    }

    [Fact]
    public async Task CAPA_is_computed_from_the_table_and_changes_with_TLS_RFC2449_5()
    {
        await ExpectAsync("CAPA", "+OK");
        Assert.Equal(["USER", "SASL PLAIN LOGIN", "STLS", "UIDL", "TOP", "UTF8 USER", "LANG", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "EXPIRE NEVER", "IMPLEMENTATION MailOps"], await _client.ReadToDotAsync());
        await ExpectAsync("STLS", "+OK");
        await _client.SecureAsync();
        await ExpectAsync("CAPA", "+OK");
        Assert.DoesNotContain("STLS", await _client.ReadToDotAsync());
    }

    [Fact]
    public async Task Commands_injected_behind_STLS_end_the_session()
    {
        await _client.SendAsync("STLS\r\nNOOP\r\n");
        Assert.StartsWith("-ERR ", await _client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await _client.ReadLineAsync());
    }

    [Fact]
    public async Task A_password_is_refused_without_TLS_unless_allowed()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false });
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        Assert.StartsWith("-ERR [AUTH] Plaintext login is refused", await client.AskAsync("USER ann@example.com"), StringComparison.Ordinal);
        await using var secured = await server.ConnectAsync(MailProtocol.Pop3, TlsMode.Implicit);
        await secured.SecureAsync();
        await secured.ReadLineAsync();
        Assert.StartsWith("+OK", await secured.AskAsync("USER ann@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_session_has_the_maildrop_whichever_port_the_other_comes_by_RFC1939_4()
    {
        await LoginAsync();
        await using var other = await _server.ConnectAsync(MailProtocol.Pop3, TlsMode.Implicit);
        await other.SecureAsync();
        await other.ReadLineAsync();
        await other.AskAsync("USER ann@example.com");
        Assert.StartsWith("-ERR [IN-USE] ", await other.AskAsync("PASS secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_commands_are_answered_in_order()
    {
        await _client.SendAsync("USER ann@example.com\r\nPASS secret\r\nSTAT\r\nLAST\r\nQUIT\r\n");
        foreach (var expected in new[] { "+OK Send PASS", "+OK 2 messages", "+OK 2 ", "+OK 0", "+OK Bye" })
            Assert.StartsWith(expected, await _client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_line_of_one_MiB_is_refused_and_the_session_goes_on()
    {
        await _client.SendAsync("USER " + new string('x', 1024 * 1024) + "\r\n");
        Assert.Equal("-ERR Line too long", await _client.ReadLineAsync());
        await ExpectAsync("USER ann", "+OK");
    }

    private long[] Sizes() => [.. _server.InboxFiles("ann@example.com").Select(file => new FileInfo(file).Length)];

    private async Task LoginAsync()
    {
        await ExpectAsync("USER ann@example.com", "+OK");
        await ExpectAsync("PASS secret", "+OK");
    }

    private async Task ExpectAsync(string command, string expected) =>
        Assert.StartsWith(expected, await _client.AskAsync(command), StringComparison.Ordinal);

    private async Task SendMailAsync(string message)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("HELO a");
        await client.AskAsync("MAIL FROM:<b@example.com>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        await client.SendAsync(message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal));
        Assert.StartsWith("250 ", await client.AskAsync("."), StringComparison.Ordinal);
    }
}
