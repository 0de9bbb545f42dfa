using MailOps.Server.Imap;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>CONDSTORE (RFC 7162 section 3.1), a row for each rule. What enables it is in <see cref="EnableTests"/>.</summary>
public sealed class CondStoreTests
{
    [Fact]
    public async Task CAPABILITY_names_CONDSTORE_RFC7162_3_1_1()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        Assert.Contains(" CONDSTORE", client.Greeting, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status INBOX (HIGHESTMODSEQ)")]
    [InlineData("status Nowhere (highestmodseq)")]
    [InlineData("search modseq 0")]
    [InlineData("uid search not modseq 1")]
    [InlineData("search return (count) or modseq 1 seen")]
    [InlineData("fetch 1 flags (changedsince 1)")]
    [InlineData("store 1 (unchangedsince 0) +flags.silent \\Seen")]
    [InlineData("uid store 1 (unchangedsince 9223372036854775807) -flags.silent \\Seen")]
    public async Task Each_enabling_command_tells_HIGHESTMODSEQ_and_enables_RFC7162_3_1(string command)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        Assert.Equal("* OK [HIGHESTMODSEQ M] Highest", Masked(await client.RunAsync("a " + command))[0]);
        Ok(await other.RunAsync("b store 1 +flags \\Flagged"));
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Flagged) MODSEQ (M))", Masked(await client.RunAsync("c noop"))[0]);
    }

    [Fact]
    public async Task Without_an_enabling_command_no_MODSEQ_is_told_RFC7162_3_1()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Seen))"], (await client.RunAsync("a store 1 +flags \\Seen"))[..^1]);
        Assert.Single(await client.RunAsync("b store 1 +flags.silent \\Flagged"));
        Ok(await other.RunAsync("c store 1 flags \\Draft"));
        Ok(await other.RunAsync("d store 1 flags (\\Seen \\Flagged)"));
        Assert.Single(await client.RunAsync("e noop"));
    }

    [Fact]
    public async Task HIGHESTMODSEQ_is_that_of_SELECT_STATUS_and_the_last_change_RFC7162_3_1_2_1_and_3_1_7()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var client = await server.LogInAsync();
        var first = Highest(Ok(await client.RunAsync("a select INBOX (CONDSTORE)")));
        var stored = ModSeq(Ok(await client.RunAsync("b store 1 +flags \\Seen"))[0]);
        Assert.True(stored > first);
        Assert.Equal(stored, Highest(Ok(await client.RunAsync("c examine INBOX"))));
        Assert.Equal($"* STATUS \"INBOX\" (MESSAGES 2 HIGHESTMODSEQ {stored})", Ok(await client.RunAsync("d status INBOX (messages highestmodseq)"))[0]);
    }

    [Theory]
    [InlineData("fetch 1 modseq")]
    [InlineData("fetch 1 flags (changedsince 1)")]
    [InlineData("uid fetch 1 flags (changedsince 1)")]
    [InlineData("search modseq 1")]
    [InlineData("uid search seen or draft modseq 1")]
    [InlineData("store 1 (unchangedsince 5) flags ()")]
    [InlineData("uid store 1 (unchangedsince 5) flags ()")]
    public async Task A_mailbox_without_mod_sequences_says_NOMODSEQ_and_refuses_commands_that_need_them_RFC7162_3_1_2_2(string command)
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: s\n\n");
        server.Inbox.HasModSeqs = false;
        await using var client = await server.LogInAsync();
        var lines = Ok(await client.RunAsync("a select INBOX (CONDSTORE)"));
        Assert.Contains(lines, line => line.StartsWith("* OK [NOMODSEQ] ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("HIGHESTMODSEQ", StringComparison.Ordinal));
        Assert.Equal(["b BAD This mailbox has no mod-sequences"], await client.RunAsync("b " + command));
        Assert.Equal("* STATUS \"INBOX\" (HIGHESTMODSEQ 0)", Ok(await client.RunAsync("c status INBOX (HIGHESTMODSEQ)"))[0]);
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen))", Ok(await client.RunAsync("d store 1 flags \\Seen"))[0]);

        // Until it is left, also when it has them meanwhile.
        server.Inbox.HasModSeqs = true;
        Assert.Equal(["e BAD This mailbox has no mod-sequences"], await client.RunAsync("e " + command));
        Assert.Equal(1ul, Highest(Ok(await client.RunAsync("f select INBOX"))));
    }

    [Fact]
    public async Task FETCH_MODSEQ_tells_the_numbers_RFC7162_3_1_4_2()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        var second = ModSeq((await client.RunAsync("a store 2 +flags \\Seen"))[0]);
        var lines = Ok(await client.RunAsync("b fetch 1:2 (MODSEQ)"));
        Assert.Equal(["* 1 FETCH (MODSEQ (M))", "* 2 FETCH (MODSEQ (M))"], Masked(lines)[..^1]);
        Assert.True(ModSeq(lines[0]) < second);
        Assert.Equal(second, ModSeq(lines[1]));
        Assert.Equal($"* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ ({second}) RFC822.SIZE 12)", (await client.RunAsync("c uid fetch 2 (rfc822.size modseq flags)"))[0]);
        Assert.Equal("* 2 FETCH (FLAGS (\\Seen))", (await client.RunAsync("d fetch 2 flags"))[0]);
    }

    [Fact]
    public async Task FETCH_CHANGEDSINCE_tells_what_changed_after_it_with_MODSEQ_RFC7162_3_1_4_1()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(5);
        await using var client = await server.LogInAsync();
        var before = Highest(Ok(await client.RunAsync("a select INBOX (CONDSTORE)")));
        var second = ModSeq((await client.RunAsync("b store 2 +flags \\Seen"))[0]);
        var fourth = ModSeq((await client.RunAsync("c store 4:5 +flags \\Draft"))[0]);
        Assert.Equal(
            [$"* 2 FETCH (FLAGS (\\Seen) MODSEQ ({second}))", $"* 4 FETCH (FLAGS (\\Draft) MODSEQ ({fourth}))", $"* 5 FETCH (FLAGS (\\Draft) MODSEQ ({fourth}))"],
            Ok(await client.RunAsync($"d fetch 1:5 flags (CHANGEDSINCE {before})"))[..^1]);
        Assert.Equal([$"* 4 FETCH (UID 4 MODSEQ ({fourth}))"], Ok(await client.RunAsync($"e uid fetch 1:4 (UID) (changedsince {second})"))[..^1]);
        Assert.Single(Ok(await client.RunAsync($"f fetch 1:* (UID) (changedsince {fourth})")));
        Assert.Single(Ok(await client.RunAsync("g fetch 1:* (UID) (changedsince 9223372036854775807)")));
    }

    [Fact]
    public async Task FETCH_CHANGEDSINCE_marks_Seen_only_what_it_tells_RFC7162_3_1_4_1()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var client = await server.LogInAsync();
        var before = Highest(Ok(await client.RunAsync("a select INBOX (CONDSTORE)")));
        Ok(await client.RunAsync("b store 2 +flags \\Draft"));
        var lines = Ok(await client.RunAsync($"c fetch 1:2 body[] (changedsince {before})"));
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Seen \\Draft) MODSEQ (M) BODY[] {12}\r\nSubject: s\r\n)", Assert.Single(Masked(lines)[..^1]));
        Assert.Equal("* 1 FETCH (FLAGS ())", (await client.RunAsync("d fetch 1 flags"))[0]);
    }

    [Fact]
    public async Task FETCH_that_marks_Seen_tells_UID_and_MODSEQ_RFC7162_3_2_4()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (M) BODY[TEXT] \"\")", Masked(await client.RunAsync("a fetch 1 body[text]"))[0].Replace("{0}\r\n", "\"\"", StringComparison.Ordinal));
        Assert.Equal("* 1 FETCH (BODY[TEXT] \"\")", (await client.RunAsync("b fetch 1 body[text]"))[0].Replace("{0}\r\n", "\"\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("fetch 1 flags ()")]
    [InlineData("fetch 1 flags (changedsince)")]
    [InlineData("fetch 1 flags (changedsince 0)")]
    [InlineData("fetch 1 flags (changedsince -1)")]
    [InlineData("fetch 1 flags (changedsince 9223372036854775808)")]
    [InlineData("fetch 1 flags (changedsince 1 changedsince 1)")]
    [InlineData("fetch 1 flags (changedsince 1")]
    [InlineData("fetch 1 flags changedsince 1")]
    [InlineData("store 1 (unchangedsince) flags ()")]
    [InlineData("store 1 (unchangedsince -1) flags ()")]
    [InlineData("store 1 (unchangedsince 9223372036854775808) flags ()")]
    [InlineData("store 1 (unchangedsince 99999999999999999999999999) flags ()")]
    [InlineData("store 1 (unchangedsince 1 unchangedsince 1) flags ()")]
    [InlineData("store 1 () flags ()")]
    [InlineData("store 1 (unchangedsince 1)flags ()")]
    [InlineData("search modseq")]
    [InlineData("search modseq x")]
    [InlineData("search modseq 9223372036854775808")]
    [InlineData("search modseq \"/flags/\\\\seen\" 1")]
    [InlineData("search modseq \"/flags/\\\\seen\" some 1")]
    [InlineData("search modseq \"/flags/\" all 1")]
    [InlineData("search modseq \"/flags/\\\\recent\" all 1")]
    [InlineData("search modseq \"/comment\" all 1")]
    [InlineData("search modseq /flags/$x all 1")]
    [InlineData("status INBOX (modseq)")]
    public async Task What_the_grammar_does_not_allow_is_BAD_RFC7162_7(string command)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a BAD ", Assert.Single(await client.RunAsync("a " + command)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("modseq {0}", "2 3 4")]
    [InlineData("modseq {1}", "2 4")]
    [InlineData("modseq 0", "1 2 3 4")]
    [InlineData("modseq \"/flags/\\\\draft\" all {1}", "2 4")]
    [InlineData("modseq \"/flags/$MDNSent\" shared {1}", "2 4")]
    [InlineData("modseq \"/FLAGS/\\\\Seen\" PRIV {1}", "2 4")]
    [InlineData("modseq {1} draft", "4")]
    [InlineData("or draft modseq {1}", "2 4")]
    public async Task SEARCH_MODSEQ_finds_what_is_at_or_above_and_tells_the_highest_of_it_RFC7162_3_1_5(string keys, string expected)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(4);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        var third = ModSeq((await client.RunAsync("a store 3 +flags \\Seen"))[0]);
        var fourth = ModSeq((await client.RunAsync("b store 4 +flags \\Draft"))[0]);
        var second = ModSeq((await client.RunAsync("c store 2 +flags \\Seen"))[0]);
        var asked = keys.Replace("{0}", $"{third}", StringComparison.Ordinal).Replace("{1}", $"{third + 1}", StringComparison.Ordinal);
        Assert.Equal($"* SEARCH {expected} (MODSEQ {(expected == "4" ? fourth : second)})", Ok(await client.RunAsync("d search " + asked))[0]);
        Assert.Equal($"* SEARCH {expected} (MODSEQ {(expected == "4" ? fourth : second)})", Ok(await client.RunAsync("e uid search " + asked))[0]);
    }

    [Fact]
    public async Task SEARCH_that_finds_nothing_or_asks_for_no_MODSEQ_tells_none_RFC7162_3_1_6()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var client = await server.SelectAsync();
        Assert.Equal("* SEARCH", (await client.RunAsync("a search modseq 9223372036854775807"))[1]);
        Assert.Equal("* SEARCH 1 2", (await client.RunAsync("b search all"))[0]);
        Assert.Equal("* ESEARCH (TAG \"c\") COUNT 0", (await client.RunAsync("c search return (count) modseq 9223372036854775807"))[0]);
    }

    [Theory]
    [InlineData("ALL", "ALL 1:3 MODSEQ {2}")]
    [InlineData("MIN", "MIN 1 MODSEQ {0}")]
    [InlineData("MAX", "MAX 3 MODSEQ {1}")]
    [InlineData("MIN MAX", "MIN 1 MAX 3 MODSEQ {1}")]
    [InlineData("MIN COUNT", "MIN 1 COUNT 3 MODSEQ {2}")]
    [InlineData("PARTIAL 1:1", "PARTIAL (1:1 1) MODSEQ {0}")]
    [InlineData("PARTIAL 7:8", "PARTIAL (7:8 NIL)")]
    public async Task ESEARCH_tells_MODSEQ_of_what_it_returns_RFC7162_3_1_10_and_RFC4731_3_2(string options, string expected)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        var numbers = new List<ulong>();
        foreach (var place in (int[])[1, 3, 2])
            numbers.Add(ModSeq((await client.RunAsync($"a store {place} +flags \\Seen"))[0]));
        for (var i = 0; i < 3; i++)
            expected = expected.Replace($"{{{i}}}", $"{numbers[i]}", StringComparison.Ordinal);
        Assert.Equal($"* ESEARCH (TAG \"b\") {expected}", Ok(await client.RunAsync($"b search return ({options}) modseq {numbers[0]}"))[0]);
    }
}
