using MailOps.Maildir;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>A message that takes the place of another (REPLACE, RFC 8508).</summary>
public sealed class ReplaceTests
{
    // UIDs 2 to 4; 3 is marked \Deleted.
    private static ImapServer Server()
    {
        var server = new ImapServer(options: new() { MaxMessageSize = 100 });
        for (var i = 1; i <= 4; i++)
            server.Deliver($"Subject: {i}\n\n", i == 3 ? SystemFlags.Deleted : SystemFlags.None);
        server.Inbox.Remove(1);
        return server;
    }

    [Theory]
    [InlineData("replace 1 INBOX {3+}\r\nnew\r\n", "3,4,5", "By number, RFC8508_3_2")]
    [InlineData("replace * inbox (\\Draft) \" 7-Feb-1994 21:52:25 -0800\" {3+}\r\nnew\r\n", "2,3,5", "The last, with flags and a date, RFC8508_5 seq-number")]
    [InlineData("uid replace 4 INBOX {3+}\r\nnew\r\n", "2,3,5", "By UID, RFC8508_3_3")]
    [InlineData("uid replace 2 INBOX catenate (text {3+}\r\nnew url /INBOX/;UID=2/;SECTION=HEADER)\r\n", "3,4,5", "Of parts of what goes, RFC8508_4_2")]
    [InlineData("uid replace 2 INBOX ~{3+}\r\nnew\r\n", "3,4,5", "As literal8, RFC8508_3_4")]
    public async Task A_message_comes_and_one_goes(string command, string uids, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Contains("REPLACE", (await client.RunAsync("c capability"))[0].Split(' '));
        await client.SendAsync("a " + command);
        var lines = await client.ReadToTagAsync("a");
        Assert.StartsWith("a OK", lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("* OK [APPENDUID 1000 5]", lines[0], StringComparison.Ordinal);
        Assert.Single(lines, line => line.EndsWith(" EXPUNGE", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("\\Deleted", StringComparison.Ordinal));
        Assert.Equal(uids, string.Join(',', server.Inbox.Messages.Select(message => message.Uid)));
    }

    [Fact]
    public async Task It_may_come_to_another_mailbox_RFC8508_3_4()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("b create Sent");
        await client.SendAsync("a uid replace 2 Sent (\\Seen) {3+}\r\nnew\r\n");
        Assert.Equal(["* OK [APPENDUID 1000 1] The replacement is there", "* 1 EXPUNGE"], (await client.ReadToTagAsync("a"))[..2]);
        Assert.Equal("* STATUS \"Sent\" (MESSAGES 1)", (await client.RunAsync("c status Sent (messages)"))[0]);
    }

    [Theory]
    [InlineData("replace 9 INBOX {3+}\r\nnew\r\n", "a BAD", "A number beyond the mailbox, RFC3501_7_4_1")]
    [InlineData("uid replace 9 INBOX {3+}\r\nnew\r\n", "a NO [NONEXISTENT]", "A UID that is not there, RFC8508_3_2")]
    [InlineData("uid replace 9 INBOX {3}\r\n", "a NO [NONEXISTENT]", "Before it is asked for")]
    [InlineData("replace 1 Nowhere {3+}\r\nnew\r\n", "a NO [TRYCREATE]", "No such mailbox, RFC8508_3_4")]
    [InlineData("replace 1 INBOX {101}\r\n", "a NO [TOOBIG]", "As APPEND refuses, RFC8508_3_4")]
    [InlineData("replace 1 INBOX {0+}\r\n\r\n", "a NO [CANNOT]", "Nothing comes")]
    [InlineData("replace 1 INBOX catenate (url /INBOX/;UID=9)\r\n", "a NO [BADURL /INBOX/;UID=9]", "RFC8508_4_2")]
    [InlineData("replace 1 INBOX {3+}\r\nnew {3+}\r\ntwo\r\n", "a BAD", "One message alone, RFC8508_4_7")]
    [InlineData("replace 1:2 INBOX {3+}\r\nnew\r\n", "a BAD", "One goes alone, RFC8508_5")]
    [InlineData("replace 0 INBOX {3+}\r\nnew\r\n", "a BAD", "nz-number, RFC3501_9")]
    public async Task Or_nothing_changes(string command, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.SendAsync("a " + command + "b noop\r\n");
        Assert.StartsWith(expected, Assert.Single(await client.ReadToTagAsync("a")), StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.ReadToTagAsync("b"))[^1], StringComparison.Ordinal);
        Assert.Equal([2u, 3, 4], server.Inbox.Messages.Select(message => message.Uid));
    }

    [Fact]
    public async Task Nothing_is_replaced_in_a_mailbox_that_is_open_read_only()
    {
        await using var server = Server();
        await using var client = await server.LogInAsync();
        await client.RunAsync("b examine INBOX");
        await client.SendAsync("a replace 1 INBOX {3+}\r\nnew\r\n");
        Assert.StartsWith("a NO [CANNOT]", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.Equal(3, server.Inbox.Messages.Length);
    }

    [Theory]
    [InlineData("uid replace 2 INBOX {12+}\r\nSubject: o\r\n")]
    [InlineData("replace 2 Sent {12+}\r\nSubject: o\r\n")]
    [InlineData("move 2 Sent")]
    public async Task What_another_session_took_away_is_not_replaced_once_more(string other)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var client = await server.SelectAsync("create Sent");
        await using (var quick = await server.SelectAsync())
            Ok(await quick.RunAsync("a " + other));
        var lines = await client.RunAsync("b uid replace 2 INBOX {12+}\r\nSubject: n\r\n");
        Assert.StartsWith("b NO [EXPUNGEISSUED] ", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("APPENDUID", StringComparison.Ordinal));
        Assert.Equal(["* SEARCH", "c OK Done"], await client.RunAsync("c search subject n"));
    }

    [Fact]
    public async Task It_is_durable_and_tells_HIGHESTMODSEQ_and_VANISHED_RFC8508_4_5()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var client = await server.SelectAsync("enable QRESYNC");
        await client.SendAsync("a uid replace 2 INBOX {12+}\r\nSubject: n\r\n\r\n");
        var lines = await client.ReadToTagAsync("a");
        Assert.Contains("* VANISHED 2", lines);
        Assert.StartsWith("a OK [HIGHESTMODSEQ ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(["* SEARCH 1 3 4", "b OK"], (await client.RunAsync("b uid search all")).Select(line => line[..Math.Min(line.Length, line.StartsWith('b') ? 4 : 99)]));
    }
}
