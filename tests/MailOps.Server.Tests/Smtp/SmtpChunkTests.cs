using System.Text;
using System.Text.RegularExpressions;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>BDAT (RFC 3030): what is counted is taken, octet for octet, and nothing of it is ever a command.</summary>
public sealed class SmtpChunkTests : IAsyncLifetime
{
    private const string Message = "Subject: chunks\r\n\r\n.one\r\n.\r\ntwo\r\n";

    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { MaxMessageSize = 100_000 });
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _client.ReadReplyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_in_one_chunk_is_stored_as_it_came()
    {
        await BeginAsync();
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await ChunkAsync(Message, last: true), StringComparison.Ordinal);
        Assert.EndsWith("\r\n" + Message, Stored(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.0 ", await _client.AskAsync("MAIL FROM:<next@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_chunks_are_answered_one_by_one_RFC3030_4_2()
    {
        await _client.AskAsync("EHLO a");
        await _client.SendAsync($"MAIL FROM:<b@example.com>\r\nRCPT TO:<a@example.com>\r\nBDAT 7\r\nSubjectBDAT {Message.Length - 7}\r\n{Message[7..]}BDAT 0 LAST\r\nNOOP\r\n");
        foreach (var expected in new[] { "250 2.1.0 ", "250 2.1.5 ", "250 2.0.0 7 octets received", $"250 2.0.0 {Message.Length - 7} octets received", "250 2.0.0 Ok: queued as ", "250 2.0.0 Ok" })
            Assert.StartsWith(expected, await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.EndsWith("\r\n" + Message, Stored(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replies_to_what_was_pipelined_do_not_wait_for_the_chunk()
    {
        await _client.AskAsync("EHLO a");
        await _client.SendAsync("MAIL FROM:<b@example.com>\r\nRCPT TO:<a@example.com>\r\nBDAT 5 LAST\r\n");
        Assert.StartsWith("250 2.1.0 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.5 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        await _client.SendAsync("a: b\r");
        Assert.StartsWith("521 5.6.0 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_says_once_where_the_message_came_from()
    {
        await BeginAsync();
        foreach (var octet in "a: b\r\n")
            await ChunkAsync(octet.ToString(), last: false);
        await ChunkAsync("", last: true);
        Assert.Equal(2, Stored().Split("Received: from").Length);
        Assert.EndsWith("\r\na: b\r\n", Stored(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL FROM:<c@example.com>")]
    [InlineData("RCPT TO:<c@example.com>")]
    [InlineData("DATA")]
    [InlineData("AUTH PLAIN")]
    [InlineData("STARTTLS")]
    public async Task Between_chunks_the_message_is_not_to_be_mixed_with(string command)
    {
        await BeginAsync();
        await ChunkAsync(Message, last: false);
        Assert.Equal("503 5.5.1 A message is under way; send BDAT, or RSET to give it up", await _client.AskAsync(command));
        Assert.StartsWith("250 2.0.0 ", await _client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok: queued", await ChunkAsync("", last: true), StringComparison.Ordinal);
        Assert.EndsWith("\r\n" + Message, Stored(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RSET")]
    [InlineData("EHLO again")]
    [InlineData("HELO again")]
    public async Task A_message_that_is_given_up_leaves_nothing(string command)
    {
        await BeginAsync();
        await ChunkAsync(new string('x', 90_000), last: false);
        Assert.StartsWith("250", await _client.AskAsync(command), StringComparison.Ordinal);
        Assert.EndsWith(" Send MAIL first", await ChunkAsync("", last: true), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task A_client_that_vanishes_inside_a_chunk_or_between_two_delivers_nothing()
    {
        await BeginAsync();
        await ChunkAsync(Message, last: false);
        await _client.SendAsync("BDAT 100 LAST\r\nonly a few");
        _client.HalfClose();
        await _server.WaitForAsync<ConnectionClosed>();
        Assert.Empty(_server.InboxFiles("a@example.com"));

        await using var other = await _server.ConnectAsync(MailProtocol.Smtp);
        await other.ReadReplyAsync();
        await other.AskAsync("EHLO a");
        await other.SendAsync($"MAIL FROM:<b@example.com>\r\nRCPT TO:<a@example.com>\r\nBDAT {Message.Length}\r\n{Message}QUIT\r\n");
        Assert.Contains("221 2.0.0 ", await other.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("a@example.com"));
        Assert.Empty(Directory.GetFiles(Path.Combine(_server.StorePath, "tmp")));
    }

    [Theory]
    [InlineData("", "503 Send HELO or EHLO first")]
    [InlineData("EHLO a", "503 5.5.1 Send MAIL first")]
    [InlineData("EHLO a|MAIL FROM:<b@example.com>", "503 5.5.1 A transaction is under way; send RCPT")]
    public async Task The_octets_of_a_refused_chunk_are_dropped_to_the_last(string before, string expected)
    {
        foreach (var command in before.Split('|', StringSplitOptions.RemoveEmptyEntries))
            await _client.AskAsync(command);
        const string Trap = "\r\nRSET\r\nQUIT\r\n";
        await _client.SendAsync($"BDAT {Trap.Length}\r\n{Trap}NOOP\r\n");
        Assert.StartsWith(expected, await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await _client.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_chunk_without_recipients_none_can_be_added_to_the_rest_of_the_message()
    {
        await _client.AskAsync("EHLO a");
        await _client.AskAsync("MAIL FROM:<b@example.com>");
        Assert.StartsWith("503 5.5.1 ", await ChunkAsync("Subject: lost\r\n", last: false), StringComparison.Ordinal);
        Assert.StartsWith("503 5.5.1 A message is under way", await _client.AskAsync("RCPT TO:<a@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("503 5.5.1 An earlier chunk", await ChunkAsync("\r\nrest\r\n", last: true), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.0 ", await _client.AskAsync("MAIL FROM:<b@example.com>"), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("a@example.com"));
    }

    [Fact]
    public async Task A_chunk_that_would_pass_the_limit_is_refused_at_once_and_those_after_it_are_dropped()
    {
        await BeginAsync();
        await ChunkAsync(new string('x', 60_000), last: false);
        Assert.StartsWith("552 5.3.4 Message size exceeds the limit of 100000 octets", await ChunkAsync(new string('x', 60_000), last: false), StringComparison.Ordinal);
        // More than the errors that end a session: a client may have sent them before it heard.
        for (var i = 0; i < 30; i++)
            Assert.Equal("503 5.5.1 An earlier chunk of the message was refused; send RSET and begin again", await ChunkAsync("NOOP\r\n", last: false));
        Assert.StartsWith("250 2.0.0 ", await _client.AskAsync("RSET"), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("a@example.com"));
        Assert.Empty(Directory.GetFiles(Path.Combine(_server.StorePath, "tmp")));
    }

    [Fact]
    public async Task A_message_of_just_the_limit_is_taken()
    {
        await BeginAsync();
        await ChunkAsync(new string('x', 50_000), last: false);
        Assert.StartsWith("250 2.0.0 Ok: queued", await ChunkAsync(new string('x', 50_000), last: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BDAT")]
    [InlineData("BDAT ")]
    [InlineData("BDAT LAST")]
    [InlineData("BDAT -1")]
    [InlineData("BDAT 0x10")]
    [InlineData("BDAT 10LAST")]
    [InlineData("BDAT 10 FIRST")]
    [InlineData("BDAT 10 LAST now")]
    [InlineData("BDAT 10 20")]
    public async Task A_chunk_whose_length_cannot_be_relied_on_ends_the_session(string command)
    {
        await BeginAsync();
        await _client.SendAsync(command + "\r\nMAIL FROM:<c@example.com>\r\n");
        var all = await _client.ReadToEndAsync();
        Assert.Equal("501 5.5.4 Syntax: BDAT octets [LAST]; how many octets follow is not known, closing connection\n", all);
        Assert.Empty(_server.InboxFiles("a@example.com"));
    }

    [Theory]
    [InlineData("BDAT 99999999999")]
    [InlineData("BDAT 99999999999999999999999999 LAST")]
    public async Task A_chunk_that_nobody_would_read_to_its_end_ends_the_session(string command)
    {
        await BeginAsync();
        await _client.SendAsync(command + "\r\n");
        Assert.Equal("552 5.3.4 Message size exceeds the limit of 100000 octets\n", await _client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("a\nb", "Bare CR or LF")]
    [InlineData("a\rb", "Bare CR or LF")]
    [InlineData("a\n.\n", "Bare CR or LF")]
    [InlineData("a\r\n.\nMAIL FROM:<x@example.com>\r\n", "Bare CR or LF")]
    [InlineData("a\n.\r\nMAIL FROM:<x@example.com>\r\n", "Bare CR or LF")]
    [InlineData("a\r.\r", "Bare CR or LF")]
    [InlineData("a\r\r\n", "Bare CR or LF")]
    [InlineData("a\r", "Bare CR or LF")]
    [InlineData("a\0b", "NUL received")]
    public async Task What_DATA_refuses_is_refused_in_chunks_however_they_are_cut(string text, string reason)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
            await client.ReadReplyAsync();
            await BeginAsync(client);
            var first = await ChunkAsync(client, text[..cut], last: false);
            var reply = first!.StartsWith("250 ", StringComparison.Ordinal) ? await ChunkAsync(client, text[cut..], last: true) : first;
            Assert.StartsWith("521 5.6.0 " + reason, reply, StringComparison.Ordinal);
            Assert.Null(await client.ReadLineAsync());
        }

        Assert.Empty(_server.InboxFiles("a@example.com"));
    }

    [Theory]
    [InlineData("a\r\n.\r\n")]
    [InlineData("a\r\n.\r\nMAIL FROM:<x@example.com>\r\nRCPT TO:<x@example.com>\r\nDATA\r\n")]
    [InlineData("a\r\nBDAT 5 LAST\r\nQUIT\r\n")]
    public async Task Nothing_ends_a_message_but_its_count_however_chunks_and_packets_are_cut(string text)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
            await client.ReadReplyAsync();
            await BeginAsync(client);
            var wire = $"BDAT {cut}\r\n{text[..cut]}BDAT {text.Length - cut} LAST\r\n{text[cut..]}";
            // The packets end where the chunks do not.
            await client.SendAsync(wire[..(wire.Length / 2)]);
            await client.SendAsync(wire[(wire.Length / 2)..]);
            Assert.StartsWith($"250 2.0.0 {cut} octets received", await client.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.StartsWith("221 ", await client.AskAsync("QUIT"), StringComparison.Ordinal);
        }

        var stored = _server.InboxFiles("a@example.com");
        Assert.Equal(text.Length + 1, stored.Count);
        Assert.All(stored, file => Assert.Matches(@"\tfor <a@example\.com>;\r\n\t[^\r\n]+\r\n" + Regex.Escape(text) + "\\z", File.ReadAllText(file)));
        Assert.Empty(_server.InboxFiles("x@example.com"));
    }

    [Fact]
    public async Task Octets_of_a_BINARYMIME_message_are_stored_as_they_come_RFC3030_3()
    {
        var octets = Enumerable.Range(0, 256).Select(i => (byte)i).Concat("\r\r\n\n\0\r"u8.ToArray()).ToArray();
        await _client.AskAsync("EHLO a");
        await _client.AskAsync("MAIL FROM:<b@example.com> BODY=BINARYMIME");
        await _client.AskAsync("RCPT TO:<a@example.com>");
        Assert.Equal("503 5.5.1 A message with BODY=BINARYMIME is sent with BDAT", await _client.AskAsync("DATA"));
        const string Header = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n";
        await ChunkAsync(Header, last: false);
        await _client.SendAsync(Encoding.ASCII.GetBytes($"BDAT {octets.Length} LAST\r\n").Concat(octets).ToArray());
        Assert.StartsWith("250 2.0.0 Ok: queued", await _client.ReadReplyAsync(), StringComparison.Ordinal);
        var stored = await File.ReadAllBytesAsync(Assert.Single(_server.InboxFiles("a@example.com")));
        Assert.Equal(Encoding.ASCII.GetBytes(Header).Concat(octets), stored[^(Header.Length + octets.Length)..]);
    }

    [Fact]
    public async Task POP3_ends_a_message_without_a_last_line_end_and_shows_a_bare_LF_as_CRLF()
    {
        await _client.AskAsync("EHLO a");
        await _client.AskAsync("MAIL FROM:<b@example.com> BODY=BINARYMIME");
        await _client.AskAsync("RCPT TO:<a@example.com>");
        await ChunkAsync("A: b\r\n\r\none\n.\ntwo", last: true);
        await using var reader = await _server.ConnectAsync(MailProtocol.Pop3);
        await reader.ReadLineAsync();
        await reader.AskAsync("USER a@example.com");
        await reader.AskAsync("PASS x");
        Assert.StartsWith("+OK", await reader.AskAsync("RETR 1"), StringComparison.Ordinal);
        Assert.Equal(["one", "..", "two"], (await reader.ReadToDotAsync()).TakeLast(3));
        Assert.StartsWith("+OK", await reader.AskAsync("QUIT"), StringComparison.Ordinal);
    }

    private string Stored() => File.ReadAllText(Assert.Single(_server.InboxFiles("a@example.com")));

    private Task BeginAsync() => BeginAsync(_client);

    private static async Task BeginAsync(LineClient client)
    {
        await client.AskAsync("EHLO a");
        await client.AskAsync("MAIL FROM:<b@example.com>");
        Assert.StartsWith("250 2.1.5 ", await client.AskAsync("RCPT TO:<a@example.com>"), StringComparison.Ordinal);
    }

    private Task<string?> ChunkAsync(string text, bool last) => ChunkAsync(_client, text, last);

    private static async Task<string?> ChunkAsync(LineClient client, string text, bool last)
    {
        await client.SendAsync($"BDAT {text.Length}{(last ? " LAST" : "")}\r\n{text}");
        return await client.ReadReplyAsync();
    }
}
