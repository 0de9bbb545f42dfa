using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Pop3;

/// <summary>The sizes of messages, in POP3 and IMAP, however their files end.</summary>
public sealed class SizeTests
{
    [Theory]
    [InlineData("Subject: x\r\n\r\nbody\r\n", "1700000001.M1P1.host", 20, 20)]
    [InlineData("Subject: x\n\nbody\n", "1700000001.M1P1.host", 20, 20)]
    // The line end that the final dot needs is no part of the message: Dovecot says the same in LIST and in RFC822.SIZE.
    [InlineData("Subject: x\r\n\r\nbody", "1700000001.M1P1.host", 18, 20)]
    [InlineData("Subject: x\n\nbody", "1700000001.M1P1.host", 18, 20)]
    [InlineData("Subject: x\r\n\r\nbody", "1700000001.M1P1.host,S=18,W=18", 18, 20)]
    public async Task A_line_end_that_a_message_lacks_is_sent_before_the_dot_and_counts_nowhere(string content, string name, int size, int sent)
    {
        await using var server = await TestServer.StartAsync();
        var inbox = Path.Combine(server.StorePath, "mail", "example.com", "ann");
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(inbox, part));
        await File.WriteAllTextAsync(Path.Combine(inbox, "new", name), content, TestContext.Current.CancellationToken);

        await CheckPop3Async(server, size, sent);
        await CheckImapAsync(server, size);
    }

    [Fact]
    public async Task A_last_chunk_without_line_end_is_such_a_message()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.SendAsync("BDAT 18 LAST\r\nSubject: x\r\n\r\nbody");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        var size = (int)new FileInfo(Assert.Single(server.InboxFiles("ann@example.com"))).Length;

        await CheckPop3Async(server, size, size + 2);
        await CheckImapAsync(server, size);
    }

    private static async Task CheckPop3Async(TestServer server, int size, int sent)
    {
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER ann@example.com");
        Assert.Equal($"+OK 1 messages ({size} octets)", await client.AskAsync("PASS secret"));
        Assert.Equal($"+OK 1 {size}", await client.AskAsync("STAT"));
        Assert.Equal($"+OK 1 {size}", await client.AskAsync("LIST 1"));
        Assert.Equal($"+OK {size} octets", await client.AskAsync("RETR 1"));
        var lines = await client.ReadToDotAsync();
        Assert.Equal("body", lines[^1]);
        Assert.Equal(sent, lines.Sum(line => line.Length + 2));
    }

    private static async Task CheckImapAsync(TestServer server, int size)
    {
        await using var client = await server.ConnectAsync(MailProtocol.Imap);
        await client.ReadLineAsync();
        Assert.StartsWith("a OK", await client.AskAsync("a LOGIN ann@example.com secret"), StringComparison.Ordinal);
        var answer = await client.AskAsync("b EXAMINE INBOX");
        while (!answer!.StartsWith("b ", StringComparison.Ordinal))
            answer = await client.ReadLineAsync();
        Assert.Equal($"* 1 FETCH (RFC822.SIZE {size} BODY[] {{{size}}}", await client.AskAsync("c FETCH 1 (RFC822.SIZE BODY.PEEK[])"));
    }
}
