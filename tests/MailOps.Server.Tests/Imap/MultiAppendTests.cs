using System.Globalization;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Several messages in one APPEND (MULTIAPPEND, RFC 3502), all or none.</summary>
public sealed class MultiAppendTests
{
    [Theory]
    [InlineData("Each message has flags and a date of its own, RFC3502_6_3_11", "a append inbox (\\Seen) \" 7-Feb-1994 21:52:25 -0800\" {3+}\r\na:1 (\\Flagged) {3+}\r\nb:2 \" 8-Feb-1994 01:02:03 +0000\" {3+}\r\nc:3 {3+}\r\nd:4\r\n", "a OK [APPENDUID 1000 1:4]", "\\Seen|\\Flagged||")]
    [InlineData("One message is as before, RFC4315_3", "a append inbox {3+}\r\na:1\r\n", "a OK [APPENDUID 1000 1]", "")]
    [InlineData("A literal without octets cancels, RFC3502_6_3_11", "a append inbox {3+}\r\na:1 {0+}\r\n\r\n", "a NO [CANNOT]", null)]
    [InlineData("It cancels wherever it stands, RFC3502_6_3_11", "a append inbox {0+}\r\n {3+}\r\na:1\r\n", "a NO [CANNOT]", null)]
    [InlineData("A mailbox that is not there is TRYCREATE, RFC3502_6_3_11", "a append nowhere {3+}\r\na:1 {3+}\r\nb:2\r\n", "a NO [TRYCREATE]", null)]
    [InlineData("One that is too large refuses all, RFC7889_4", "a append inbox {3+}\r\na:1 {101+}\r\n*BIG* {3+}\r\nb:2\r\n", "a NO [TOOBIG]", null)]
    [InlineData("One with NUL refuses all, RFC3501_4_3", "a append inbox {3+}\r\na:1 {3+}\r\n\0:2 {3+}\r\nb:3\r\n", "a NO [CANNOT]", null)]
    [InlineData("What follows is read to its end, RFC3501_9", "a append inbox {3+}\r\na:1 (\\Seen)\r\n", "a BAD", null)]
    [InlineData("A date is one, RFC3501_9", "a append inbox {3+}\r\na:1 \"yesterday\" {3+}\r\nb:2\r\n", "a BAD", null)]
    [InlineData("A space stands between messages, RFC3502", "a append inbox {3+}\r\na:1{3+}\r\nb:2\r\n", "a BAD", null)]
    public async Task Messages_come_all_or_none(string rule, string sent, string expected, string? flags)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer(options: new() { MaxMessageSize = 100 });
        await using var client = await server.LogInAsync();
        await client.SendAsync(sent.Replace("*BIG*", new string('x', 101), StringComparison.Ordinal) + "b noop\r\n");
        Assert.StartsWith(expected, (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.ReadToTagAsync("b"))[^1], StringComparison.Ordinal);
        Assert.Equal(flags is null ? [] : flags.Split('|'), server.Inbox.Messages.Select(m => m.Flags.System == SystemFlags.None ? "" : "\\" + m.Flags.System));
    }

    [Fact]
    public async Task Each_message_is_asked_for_and_what_refuses_one_is_said_before_it_is_RFC3502_6_3_11()
    {
        await using var server = new ImapServer(options: new() { MaxMessageSize = 100 });
        await using var client = await server.LogInAsync();
        Assert.Contains("MULTIAPPEND", (await client.RunAsync("c capability"))[0].Split(' '));
        foreach (var (last, expected) in new[] { ("{101}", "a NO [TOOBIG]"), ("{0}", "a NO [CANNOT]"), ("", "a OK [APPENDUID 1000 1:2]") })
        {
            await client.SendAsync("a append inbox {3}\r\n");
            Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.SendAsync("a:1 {3}\r\n");
            Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.SendAsync(last.Length > 0 ? $"b:2 {last}\r\n" : "b:2\r\n");
            Assert.StartsWith(expected, await client.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Equal(last.Length > 0 ? 0 : 2, server.Inbox.Messages.Length);
        }
    }

    [Fact]
    public async Task A_session_that_has_the_mailbox_selected_is_told_of_all_at_once_RFC3502_6_3_11()
    {
        await using var server = new ImapServer();
        await using var client = await server.SelectAsync();
        await client.SendAsync("a append inbox {3+}\r\na:1 {3+}\r\nb:2\r\n");
        Assert.Equal("* 2 EXISTS", Assert.Single(await client.ReadToTagAsync("a"), line => line.EndsWith("EXISTS", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("a append inbox {3+}\r\na:1 {1000+}\r\nhalf")]
    [InlineData("a append inbox {3+}\r\na:1 {3+}\r\nb:2")]
    [InlineData("a append inbox {3+}\r\na:1 {3}\r\n")]
    public async Task A_client_that_leaves_in_the_middle_appends_nothing_RFC3502_6_3_11(string sent)
    {
        await using var server = new ImapServer();
        await using (var client = await server.LogInAsync())
        {
            await client.SendAsync(sent);
            client.HalfClose();
            Assert.DoesNotContain(await client.ReadToEndAsync(), line => line.StartsWith("a ", StringComparison.Ordinal));
        }

        Assert.Empty(server.Inbox.Messages);
    }

    [Theory]
    [InlineData("a append inbox {3+}\r\na:1 junk {1001+}\r\nb noop\r\n", "The literal is larger than this command may have")]
    [InlineData("a append inbox {3+}\r\na:1 *LONG*\r\n", "The command is longer than this server takes")]
    public async Task Octets_that_belong_to_no_message_are_not_read_as_commands_RFC7888_4(string sent, string reason)
    {
        await using var server = new ImapServer(options: new() { MaxCommand = 1000 });
        await using var client = await server.LogInAsync();
        await client.SendAsync(sent.Replace("*LONG*", new string('x', 1100), StringComparison.Ordinal));
        client.HalfClose();
        Assert.Equal(["* BYE " + reason], await client.ReadToEndAsync());
        Assert.Empty(server.Inbox.Messages);
    }

    [Fact]
    public async Task What_belongs_to_no_message_cannot_drip_in_for_ever()
    {
        var clock = new SteppedClock();
        await using var server = new ImapServer(options: new() { MaxCommand = 1000 }, clock: clock);
        await using var client = await server.LogInAsync();
        await client.SendAsync("a append inbox {3+}\r\na:1 junk {1001+}\r\n");
        var rest = client.ReadToEndAsync();
        for (var i = 0; i < 20 && !rest.IsCompleted; i++)
        {
            await client.SendAsync("x");
            // The session takes it, and may set its deadline anew.
            await Task.WhenAny(rest, Task.Delay(TimeSpan.FromMilliseconds(50)));
            clock.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.True(rest.IsCompleted);
        await rest;
    }

    [Theory]
    [InlineData(2, "a NO [OVERQUOTA] The store is full")]
    [InlineData(3, "a NO [OVERQUOTA] The store is full")]
    public async Task A_disk_that_is_full_for_one_refuses_all_and_the_octets_are_no_commands(int failing, string expected)
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        var writes = 0;
        server.Store.Before = what => { if (what == "Write" && ++writes == failing) throw new MailStoreException(StoreFault.Full, "No space left"); };
        await client.SendAsync("a append inbox {3+}\r\na:1 {12+}\r\nx logout\r\n\r\n {12+}\r\ny logout\r\n\r\n\r\nb noop\r\n");
        Assert.Equal(expected, (await client.ReadToTagAsync("a"))[^1]);
        Assert.StartsWith("b OK", (await client.ReadToTagAsync("b"))[^1], StringComparison.Ordinal);
        Assert.Empty(server.Inbox.Messages);
    }

    [Fact]
    public async Task What_an_account_has_no_room_for_is_not_asked_for()
    {
        await using var server = new ImapServer();
        server.Store.Account(ImapServer.John).Quota = new MailQuotaUsage(90, 1, new MailQuota(100, null));
        await using var client = await server.LogInAsync();
        await client.SendAsync("a append inbox {3}\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("a:1 {8}\r\n");
        Assert.Equal("a NO [OVERQUOTA] The account is over its quota", await client.ReadLineAsync());
        Assert.Empty(server.Inbox.Messages);
    }

    [Fact]
    public async Task Of_many_messages_none_stays_in_memory_and_all_are_durable()
    {
        await using var server = new ModSeqServer();
        await using var client = await server.SelectAsync();
        var large = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\r\n"));
        await client.SendAsync($"a append INBOX {{{large.Length}+}}\r\n{large}");
        for (var i = 2; i <= 50; i++)
            await client.SendAsync($" ($Work) {{12+}}\r\nSubject: {i % 10}\r\n");
        await client.SendAsync("\r\n");
        Assert.Matches(@"^a OK \[APPENDUID \d+ 1:50\]", (await client.ReadToTagAsync("a"))[^1]);
        var scratch = Path.GetFullPath(Path.Join(server.Inbox, "..", "..", "..", "tmp"));
        Assert.Empty(Directory.GetFiles(scratch));
        Assert.False(File.Exists(Path.Join(server.Inbox, "mailops-append")));
        Assert.Equal($"* 1 FETCH (BODY[] {{{large.Length}}}\r\n{large})", (await client.RunAsync("b fetch 1 body.peek[]"))[0]);
        Assert.Equal("* 50 FETCH (FLAGS (\\Recent $Work) BODY[] {12}\r\nSubject: 0\r\n)", (await client.RunAsync("c fetch 50 (flags body.peek[])"))[0]);

        // What was begun and is refused leaves nothing either.
        await client.SendAsync("d append INBOX {12+}\r\nSubject: x\r\n {12+}\r\nSubject: y\r\n {0+}\r\n\r\n");
        Assert.StartsWith("d NO", (await client.ReadToTagAsync("d"))[^1], StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(scratch));
        Assert.StartsWith("* STATUS \"INBOX\" (MESSAGES 50)", (await client.RunAsync("e status INBOX (messages)"))[0], StringComparison.Ordinal);
    }
}
