using MailOps.Server.Hosting;
using MailOps.Server.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>A limit of messages for each command (MESSAGELIMIT, RFC 9738): the last are taken, and the client hears how far down that was.</summary>
public sealed class MessageLimitTests
{
    private static async Task<(ModSeqServer Server, ImapTestClient Client)> SelectAsync(params string[] before)
    {
        var server = new ModSeqServer(new ImapOptions { MaxMessagesPerCommand = 3 });
        await server.DeliverAsync(6);
        await using (var other = await server.SelectAsync())
        {
            Ok(await other.RunAsync("a uid store 2 +flags \\Deleted"));
            Ok(await other.RunAsync("a expunge"));
            Ok(await other.RunAsync("a create Other"));
        }

        return (server, await server.SelectAsync(before));
    }

    [Theory]
    [InlineData("fetch 1:* uid", "* 3 FETCH (UID 4)|* 4 FETCH (UID 5)|* 5 FETCH (UID 6)|a OK [MESSAGELIMIT 3 4] Fetched, the last of them alone")]
    [InlineData("uid fetch 1:4 uid", "* 1 FETCH (UID 1)|* 2 FETCH (UID 3)|* 3 FETCH (UID 4)|a OK Fetched")]
    [InlineData("uid fetch 1:* (uid) (partial -4:-1)", "* 3 FETCH (UID 4)|* 4 FETCH (UID 5)|* 5 FETCH (UID 6)|a OK [MESSAGELIMIT 3 4] Fetched, the last of them alone")]
    [InlineData("fetch 1:* (envelope)", "a OK [MESSAGELIMIT 3 4] Fetched, the last of them alone")]
    [InlineData("store 1:4 +flags.silent \\Flagged", "a OK [MESSAGELIMIT 3 3] Stored, the last of them alone")]
    [InlineData("uid store 5:6 +flags.silent \\Flagged", "a OK Stored")]
    [InlineData("search all", "* SEARCH 3 4 5|a OK [MESSAGELIMIT 3 4] Done")]
    [InlineData("uid search return (all count) all", "* ESEARCH (TAG \"a\") UID ALL 4:6 COUNT 3|a OK [MESSAGELIMIT 3 4] Done")]
    [InlineData("uid search uidbefore 4", "* SEARCH 1 3|a OK Done")]
    [InlineData("uid search uidafter 4", "* SEARCH 5 6|a OK Done")]
    [InlineData("search uidafter 1 uidbefore 6 not uidafter 4", "* SEARCH 2 3|a OK Done")]
    [InlineData("sort (arrival) utf-8 all", "* SORT 1 2 3 4 5|a OK Done")]
    [InlineData("copy 1:* Other", "a NO [MESSAGELIMIT 3] One command takes 3 messages here")]
    [InlineData("uid copy 4:6 Other", "a OK [COPYUID N 4:6 1:3] Copied")]
    [InlineData("append Other {5+}\r\na:1\r\n {5+}\r\na:1\r\n {5+}\r\na:1\r\n {5+}\r\na:1\r\n", "a NO [MESSAGELIMIT 3] One command takes 3 messages here")]
    [InlineData("move 1:* Other", "* OK [COPYUID N 4:6 1:3] Moved|* 5 EXPUNGE|* 4 EXPUNGE|* 3 EXPUNGE|a OK [MESSAGELIMIT 3 4] Moved, the last of them alone")]
    public async Task The_last_messages_are_taken_RFC9738_3(string command, string expected)
    {
        var (server, client) = await SelectAsync();
        await using var _ = server;
        await using var __ = client;
        var lines = (await client.RunAsync("a " + command)).Select(line => System.Text.RegularExpressions.Regex.Replace(line, "COPYUID [0-9]+", "COPYUID N", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1))).ToList();
        if (expected.StartsWith("a ", StringComparison.Ordinal))
            lines = lines[^1..];
        // Removed from the first on or from the last on: the same messages.
        Assert.Equal(expected.Replace("* 5 EXPUNGE|* 4 EXPUNGE|* 3 EXPUNGE", "E", StringComparison.Ordinal), string.Join('|', lines).Replace("* 3 EXPUNGE|* 3 EXPUNGE|* 3 EXPUNGE", "E", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UID_EXPUNGE_takes_the_last_and_EXPUNGE_all_RFC9738_3()
    {
        var (server, client) = await SelectAsync("enable CONDSTORE");
        await using var _ = server;
        await using var __ = client;
        Ok(await client.RunAsync("a store 1:2 +flags.silent \\Deleted"));
        Ok(await client.RunAsync("a store 3:5 +flags.silent \\Deleted"));
        var told = Masked(await client.RunAsync("b uid expunge 1:*"));
        // What is told of mod-sequences is told beside it.
        Assert.Equal(["* OK [HIGHESTMODSEQ M] Highest", "b OK [MESSAGELIMIT 3 4] Expunged, the last of them alone"], told[^2..]);
        Assert.Equal("* ESEARCH (TAG \"c\") COUNT 2", (await client.RunAsync("c search return (count) all"))[0]);
    }

    [Fact]
    public async Task What_a_search_saves_is_what_it_told_RFC9738_3()
    {
        var (server, client) = await SelectAsync();
        await using var _ = server;
        await using var __ = client;
        Ok(await client.RunAsync("a search return (save) all"));
        Assert.Equal(["* 3 FETCH (UID 4)", "* 4 FETCH (UID 5)", "* 5 FETCH (UID 6)", "b OK Fetched"], await client.RunAsync("b fetch $ uid"));
    }

    [Fact]
    public async Task The_limit_is_announced_where_there_is_one_RFC9738_3()
    {
        var (server, client) = await SelectAsync();
        await using var _ = server;
        await using var __ = client;
        Assert.Contains(" MESSAGELIMIT=3", (await client.RunAsync("a capability"))[0], StringComparison.Ordinal);
        await using var without = new ModSeqServer();
        await using var other = await without.LogInAsync();
        Assert.DoesNotContain("MESSAGELIMIT", (await other.RunAsync("a capability"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_has_the_limit_that_it_is_given_and_none_that_clients_would_stumble_over()
    {
        await using var server = await TestServer.StartAsync(options => options with { MaxImapMessages = 1000 });
        await using var client = await ImapTestClient.LogInAsync(server.Port(MailProtocol.Imap));
        Assert.Contains(" MESSAGELIMIT=1000", (await client.RunAsync("a capability"))[0], StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { MaxImapMessages = 10 }));
        Assert.Contains("Allow 1000 or more, or 0 for no limit.", refused.Message, StringComparison.Ordinal);
    }
}
