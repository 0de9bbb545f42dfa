using System.Text.RegularExpressions;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>ESEARCH, the search of several mailboxes (MULTISEARCH, RFC 7377).</summary>
public sealed partial class MultiSearchTests
{
    private const string Message = " {12+}\r\nSubject: s\r\n";

    // INBOX 1:2, Lists 1, Lists/a 1, Lists/a/b 1, Work 1:3 of which 2 is flagged and is not s, Empty none; Work and Lists/a are subscribed.
    private static async Task<ModSeqServer> ServerAsync()
    {
        var server = new ModSeqServer();
        await using var client = await server.LogInAsync();
        foreach (var mailbox in new[] { "Empty", "Lists", "Lists/a", "Lists/a/b", "Work" })
            Ok(await client.RunAsync("a create " + mailbox));
        foreach (var mailbox in new[] { "INBOX", "INBOX", "Lists", "Lists/a", "Lists/a/b", "Work" })
            Ok(await client.RunAsync($"a append {mailbox}{Message}"));
        Ok(await client.RunAsync("a append Work (\\Flagged) {12+}\r\nSubject: t\r\n"));
        Ok(await client.RunAsync("a append Work" + Message));
        Ok(await client.RunAsync("a subscribe Work"));
        Ok(await client.RunAsync("a subscribe Lists/a"));
        return server;
    }

    // "Work 1:3 COUNT 3; ..."
    private static string Found(IEnumerable<string> lines) =>
        string.Join("; ", lines.Where(line => line.StartsWith("* ESEARCH", StringComparison.Ordinal)).Select(line => ReplyPattern().Replace(line, "${mailbox}")));

    [Theory]
    [InlineData("in (personal) subject s", "INBOX ALL 1:2; Lists ALL 1; Lists/a ALL 1; Lists/a/b ALL 1; Work ALL 1,3")]
    [InlineData("in (subscribed) subject s", "Lists/a ALL 1; Work ALL 1,3")]
    [InlineData("in (inboxes) subject s", "INBOX ALL 1:2")]
    [InlineData("in (subtree Lists) subject s", "Lists ALL 1; Lists/a ALL 1; Lists/a/b ALL 1")]
    [InlineData("in (subtree-one Lists) subject s", "Lists ALL 1; Lists/a ALL 1")]
    [InlineData("in (mailboxes Work) subject s", "Work ALL 1,3")]
    [InlineData("in (mailboxes (Work inbox)) subject s", "Work ALL 1,3; INBOX ALL 1:2")]
    [InlineData("in (mailboxes Work subtree Lists/a) subject s", "Work ALL 1,3; Lists/a ALL 1; Lists/a/b ALL 1")]
    [InlineData("in (mailboxes Work personal subtree-one (Work Lists)) flagged", "Work ALL 2")]
    [InlineData("in (mailboxes (Work Nowhere \"Lists*\")) return (min max count) subject s", "Work MIN 1 MAX 3 COUNT 2")]
    [InlineData("in (personal) return () flagged", "Work ALL 2")]
    [InlineData("in (personal) return (partial 2:3 context) subject s", "INBOX PARTIAL (2:3 2); Lists PARTIAL (2:3 NIL); Lists/a PARTIAL (2:3 NIL); Lists/a/b PARTIAL (2:3 NIL); Work PARTIAL (2:3 3)")]
    [InlineData("in (mailboxes Work) 2:9", "Work ALL 2:3")]
    [InlineData("in (mailboxes Work) uid *", "Work ALL 3")]
    [InlineData("in (mailboxes Work) charset utf-8 subject t", "Work ALL 2")]
    [InlineData("in (personal) return (count) deleted", "")]
    [InlineData("in (mailboxes Nowhere) all", "")]
    public async Task Each_mailbox_with_such_messages_has_a_response_RFC7377_2(string command, string expected)
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        var lines = Ok(await client.RunAsync("a esearch " + command));
        Assert.Equal(expected, Found(lines));
        Assert.Equal("a OK Done", lines[^1]);
    }

    [Fact]
    public async Task A_response_names_the_command_the_mailbox_and_its_UIDVALIDITY_RFC7377_2_1()
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        var validity = UidValidityPattern().Match(Ok(await client.RunAsync("s status Work (uidvalidity)"))[0]).Value;
        Assert.Equal($"* ESEARCH (TAG \"a\" MAILBOX \"Work\" {validity}) UID COUNT 3", (await client.RunAsync("a esearch in (mailboxes Work) return (count) all"))[0]);
    }

    [Theory]
    [InlineData("subject s", "Work ALL 1,3")]
    [InlineData("return (count) all", "Work COUNT 3")]
    [InlineData("in (selected) subject s", "Work ALL 1,3")]
    [InlineData("in (selected inboxes) subject s", "Work ALL 1,3; INBOX ALL 1:2")]
    [InlineData("in (personal) flagged", "Work ALL 2")]
    [InlineData("return (save count) flagged", "Work COUNT 1")]
    public async Task The_selected_mailbox_is_searched_and_stays_as_it_is_RFC7377_2_1(string command, string expected)
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("s select Work"));
        Assert.Equal(expected, Found(Ok(await client.RunAsync("a esearch " + command))));
        Assert.Equal("* 2 FETCH (UID 2)", (await client.RunAsync("b fetch 2 uid"))[0]);
    }

    [Fact]
    public async Task What_is_saved_and_what_it_stands_for_is_of_the_selected_mailbox_RFC7377_2_2()
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("s select Work"));
        Ok(await client.RunAsync("a esearch return (save) subject s"));
        Assert.Equal("* SEARCH 1 3", (await client.RunAsync("b search $"))[0]);
        Assert.Equal("Work ALL 1,3", Found(Ok(await client.RunAsync("c esearch in (personal) $"))));
        Ok(await client.RunAsync("d esearch return (save) deleted"));
        Assert.Equal("* SEARCH", (await client.RunAsync("e search $"))[0]);
    }

    [Theory]
    [InlineData("all", "No mailbox is selected: name others with IN")]
    [InlineData("in (selected) all", "No mailbox is selected: name others with IN")]
    [InlineData("in (mailboxes Work selected) all", "No mailbox is selected: name others with IN")]
    [InlineData("in (mailboxes Work) return (save) all", "What is found can be saved in the selected mailbox alone")]
    [InlineData("in (mailboxes Work) return (update) all", "The selected mailbox alone can be told of, and none is")]
    [InlineData("in (selected-delayed) all", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("in () all", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("in (personal (depth 1)) all", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("in (mailboxes) all", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("in personal all", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("return (all) in (personal) all", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("in (personal)", "The arguments of ESEARCH cannot be read from octet ")]
    [InlineData("", "The arguments of ESEARCH cannot be read from octet ")]
    public async Task What_cannot_be_is_BAD_RFC7377_2_2(string command, string problem)
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a BAD " + problem, (await client.RunAsync(("a esearch " + command).TrimEnd()))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_is_BAD_or_NO_in_the_selected_state()
    {
        await using var server = await ServerAsync();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a BAD What is found can be saved", (await client.RunAsync("a esearch in (selected mailboxes Work) return (save) all"))[^1], StringComparison.Ordinal);
        Assert.Equal("a NO [BADCHARSET (US-ASCII UTF-8)] Texts are in US-ASCII or UTF-8 here", (await client.RunAsync("a esearch in (personal) charset latin-1 all"))[^1]);
        Ok(await client.RunAsync("b esearch return (update) all"));
        Assert.StartsWith("b BAD A search with this tag is told of already", (await client.RunAsync("b esearch return (update) all"))[^1], StringComparison.Ordinal);
        Ok(await client.RunAsync("c enable UIDONLY"));
        Assert.StartsWith("d BAD [UIDREQUIRED]", (await client.RunAsync("d esearch in (personal) 1:2"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_the_selected_mailbox_alone_are_told_RFC7377_2_2()
    {
        await using var server = await ServerAsync();
        await using var client = await server.SelectAsync();
        Assert.Equal("INBOX COUNT 2; Work COUNT 2", Found(Ok(await client.RunAsync("u esearch in (mailboxes (INBOX Work)) return (update count) subject s"))));
        Assert.Contains("* NO [NOUPDATE \"v\"] The selected mailbox alone can be told of, and it is none of those that were searched", Ok(await client.RunAsync("v esearch in (mailboxes Work) return (update count) subject s")));
        Ok(await client.RunAsync("a append Work" + Message));
        Assert.Equal("INBOX ADDTO (0 3)", Found(Ok(await client.RunAsync("a append INBOX" + Message))));
        Assert.Equal("a OK Told of no more", (await client.RunAsync("a cancelupdate \"u\""))[^1]);
    }

    [Fact]
    public async Task No_message_loses_Recent_by_it_RFC7377_2_1()
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        Assert.Equal("Work ALL 1:3", Found(Ok(await client.RunAsync("a esearch in (mailboxes Work) recent"))));
        Assert.Contains("* 3 RECENT", Ok(await client.RunAsync("b select Work")));
    }

    [Fact]
    public async Task Mod_sequences_are_asked_for_and_told_RFC7162_3_1_10()
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        Assert.Matches(" UID ALL 1:2 MODSEQ [0-9]+$", Ok(await client.RunAsync("a esearch in (inboxes) modseq 1"))[0]);
    }

    // RFC 7377 section 2.2: as if it were not there.
    [Fact]
    public async Task A_mailbox_that_may_not_be_read_is_passed_over()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        foreach (var (name, rights) in new[] { ("Seen", "l"), ("Named", "r") })
        {
            await server.OkAsync(john, "create " + name);
            await server.OkAsync(john, $"append {name}{Message}");
            await server.OkAsync(john, $"setacl {name} jane {rights}");
        }

        const string owner = "user/john@example.com";
        Assert.Equal($"{AclServer.Shared} ALL 1; {owner}/Named ALL 1", Found(await server.OkAsync(jane, $"esearch in (mailboxes ({AclServer.Shared} {owner}/Seen {owner}/Named)) all")));
        Assert.Equal($"{AclServer.Shared} ALL 1", Found(await server.OkAsync(jane, $"esearch in (subtree {owner}) all")));
        Assert.Equal("", Found(await server.OkAsync(jane, "esearch in (personal) all")));
    }

    [GeneratedRegex("^\\* ESEARCH \\(TAG \"\\w+\" MAILBOX \"(?<mailbox>[^\"]+)\" UIDVALIDITY [0-9]+\\) UID", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ReplyPattern();

    [GeneratedRegex("UIDVALIDITY [0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UidValidityPattern();
}
