using MailOps.Maildir;
using MailOps.Server.Imap;
using MailOps.Server.Imap.Search;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>SEARCH with RETURN (RFC 4731), its saved result (RFC 5182), parts of results (RFC 9394), and WITHIN (RFC 5032).</summary>
public sealed class ExtendedSearchTests
{
    // Eight messages with UIDs 11 to 18; 2, 3, 4, 6 and 8 are flagged.
    private static ImapServer Server()
    {
        var server = new ImapServer();
        for (var i = 1; i <= 18; i++)
            server.Deliver($"Subject: {i}\n\nbody\n", i is 12 or 13 or 14 or 16 or 18 ? SystemFlags.Flagged : SystemFlags.None);
        for (var uid = 1u; uid <= 10; uid++)
            server.Inbox.Remove(uid);
        return server;
    }

    [Theory]
    [InlineData("search return (min) flagged", "* ESEARCH (TAG \"a\") MIN 2")]
    [InlineData("search return (max) flagged", "* ESEARCH (TAG \"a\") MAX 8")]
    [InlineData("search return (all) flagged", "* ESEARCH (TAG \"a\") ALL 2:4,6,8")]
    [InlineData("search return (count) flagged", "* ESEARCH (TAG \"a\") COUNT 5")]
    [InlineData("search return (min max count all) flagged", "* ESEARCH (TAG \"a\") MIN 2 MAX 8 ALL 2:4,6,8 COUNT 5")]
    [InlineData("search return () flagged", "* ESEARCH (TAG \"a\") ALL 2:4,6,8")]
    [InlineData("uid search return () flagged", "* ESEARCH (TAG \"a\") UID ALL 12:14,16,18")]
    [InlineData("uid search return (min max) flagged", "* ESEARCH (TAG \"a\") UID MIN 12 MAX 18")]
    [InlineData("search return (min max all) deleted", "* ESEARCH (TAG \"a\")")]
    [InlineData("search return (min count) deleted", "* ESEARCH (TAG \"a\") COUNT 0")]
    [InlineData("search return (count) charset utf-8 flagged", "* ESEARCH (TAG \"a\") COUNT 5")]
    [InlineData("search Return (Count) flagged", "* ESEARCH (TAG \"a\") COUNT 5")]
    public async Task RETURN_tells_what_is_asked_for_RFC4731_3_1(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        var replies = await client.RunAsync("a " + command);
        Assert.Equal([expected, "a OK Done"], replies);
    }

    [Theory]
    [InlineData("search return (partial 1:2) flagged", "PARTIAL (1:2 2:3)")]
    [InlineData("search return (partial 2:1) flagged", "PARTIAL (1:2 2:3)")]
    [InlineData("search return (partial 4:9) flagged", "PARTIAL (4:9 6,8)")]
    [InlineData("search return (partial 6:9) flagged", "PARTIAL (6:9 NIL)")]
    [InlineData("search return (partial -1:-2) flagged", "PARTIAL (-1:-2 6,8)")]
    [InlineData("search return (partial -3:-2) flagged", "PARTIAL (-2:-3 4,6)")]
    [InlineData("search return (partial -4:-4294967295) flagged", "PARTIAL (-4:-4294967295 2:3)")]
    [InlineData("search return (partial -6:-9) flagged", "PARTIAL (-6:-9 NIL)")]
    [InlineData("search return (partial 1:2 count) flagged", "PARTIAL (1:2 2:3) COUNT 5")]
    [InlineData("search return (count min partial 2:2) flagged", "MIN 2 PARTIAL (2:2 3) COUNT 5")]
    [InlineData("search return (partial 1:2) deleted", "PARTIAL (1:2 NIL)")]
    public async Task PARTIAL_tells_a_part_RFC9394_3_1(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal($"* ESEARCH (TAG \"a\") {expected}", (await client.RunAsync("a " + command))[0]);
    }

    [Theory]
    [InlineData("return (all partial 1:2) flagged")]
    [InlineData("return (partial 1:2 partial 3:4) flagged")]
    [InlineData("return (partial 0:2) flagged")]
    [InlineData("return (partial 1:-2) flagged")]
    [InlineData("return (partial 1) flagged")]
    [InlineData("return (partial) flagged")]
    [InlineData("return (often) flagged")]
    [InlineData("return (min flagged")]
    [InlineData("return ( min) flagged")]
    [InlineData("return min flagged")]
    [InlineData("return (min)")]
    [InlineData("return")]
    [InlineData("charset utf-8 return (min) flagged")]
    [InlineData("older 0")]
    [InlineData("younger -1")]
    [InlineData("older")]
    [InlineData("$,1")]
    [InlineData("$:2")]
    public async Task What_no_search_may_be_is_BAD(string arguments)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a search " + arguments))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("save", "2:4,6,8", "")]
    [InlineData("save min", "2", "MIN 2")]
    [InlineData("save max", "8", "MAX 8")]
    [InlineData("min save max", "2,8", "MIN 2 MAX 8")]
    [InlineData("save min count", "2:4,6,8", "MIN 2 COUNT 5")]
    [InlineData("save max all", "2:4,6,8", "MAX 8 ALL 2:4,6,8")]
    [InlineData("save partial 2:3", "3:4", "PARTIAL (2:3 3:4)")]
    [InlineData("save partial 2:3 min", "2:4", "MIN 2 PARTIAL (2:3 3:4)")]
    [InlineData("save partial 2:3 max", "3:4,8", "MAX 8 PARTIAL (2:3 3:4)")]
    [InlineData("save partial 2:3 count", "2:4,6,8", "PARTIAL (2:3 3:4) COUNT 5")]
    public async Task SAVE_keeps_what_was_asked_for_RFC5182_2_4_RFC9394_3_2(string options, string saved, string told)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        var replies = await client.RunAsync($"a search return ({options}) flagged");
        Assert.Equal(told.Length == 0 ? ["a OK Done"] : [$"* ESEARCH (TAG \"a\") {told}", "a OK Done"], replies);
        Assert.Equal($"* ESEARCH (TAG \"b\") ALL {saved}", (await client.RunAsync("b search return () $"))[0]);
    }

    [Fact]
    public async Task Every_command_on_messages_takes_what_was_saved_as_numbers_or_UIDs_RFC5182_2_1()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("a create other");
        await client.RunAsync("a uid search return (save) flagged smaller 100 not 8");
        Assert.Equal(["* 2 FETCH (UID 12)", "* 3 FETCH (UID 13)", "* 4 FETCH (UID 14)", "* 6 FETCH (UID 16)"], (await client.RunAsync("b fetch $ uid")).SkipLast(1));
        Assert.Equal(4, (await client.RunAsync("c uid fetch $ flags")).Count(line => line.Contains("FETCH", StringComparison.Ordinal)));
        Assert.Contains("12:14,16 1:4", (await client.RunAsync("d copy $ other"))[^1], StringComparison.Ordinal);
        Assert.Equal("* SEARCH 13 14 16", (await client.RunAsync("e uid search uid $ not uid 12"))[0]);
        Assert.Equal("* SEARCH 1 2 3 4 6", (await client.RunAsync("f search or $ 1"))[0]);
        Assert.Equal("* SEARCH 1 2 3 4 6", (await client.RunAsync("f search 1,$"))[0]);
        await client.RunAsync("g store $ +flags.silent (\\Deleted)");
        Assert.Equal("* SEARCH 2 3 4 6", (await client.RunAsync("h search deleted"))[0]);
        await client.RunAsync("i uid expunge $");
        // What is gone is not there any more, and an empty result is no error.
        Assert.Equal(["k OK Fetched"], await client.RunAsync("k fetch $ uid"));
        Assert.StartsWith("l OK", (await client.RunAsync("l move $ other"))[^1], StringComparison.Ordinal);
        Assert.Equal("* SEARCH", (await client.RunAsync("m search $"))[0]);
    }

    [Fact]
    public async Task Sequence_numbers_that_moved_do_not_move_what_was_saved()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("a search return (save) flagged");
        await client.RunAsync("b store 1,3 +flags.silent (\\Deleted)");
        await client.RunAsync("c expunge");
        Assert.Equal("* ESEARCH (TAG \"d\") UID ALL 12,14,16,18", (await client.RunAsync("d uid search return () $"))[0]);
    }

    [Theory]
    // Not touched by what is not saved, whether it is carried out or not.
    [InlineData("search return (count) seen", true)]
    [InlineData("search return (save) nonsense", true)]
    [InlineData("search charset koi8-r subject x", true)]
    [InlineData("noop", true)]
    // Emptied by one that was to be saved and is refused, by one that finds nothing, and by SELECT.
    [InlineData("search return (save) charset koi8-r subject x", false)]
    [InlineData("search return (save) deleted", false)]
    [InlineData("search return (save min) deleted", false)]
    [InlineData("select inbox", false)]
    [InlineData("examine inbox", false)]
    public async Task The_saved_result_changes_when_it_should_RFC5182_2_1(string command, bool isKept)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal("* SEARCH", (await client.RunAsync("a search $"))[0]);
        await client.RunAsync("b search return (save) flagged");
        await client.RunAsync("c " + command);
        Assert.Equal(isKept ? "* SEARCH 2 3 4 6 8" : "* SEARCH", (await client.RunAsync("d search $"))[0]);
    }

    [Fact]
    public async Task A_search_may_ask_for_what_the_one_before_saved_while_it_is_saved_itself()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("a search return (save) flagged");
        Assert.Equal("* ESEARCH (TAG \"b\") COUNT 3", (await client.RunAsync("b search return (save count) $ 3:7"))[0]);
        Assert.Equal("* SEARCH 3 4 6", (await client.RunAsync("c search $"))[0]);
    }

    [Theory]
    [InlineData("1:* uid (partial 1:2)", "11 12")]
    [InlineData("1:* uid (partial -1:-2)", "17 18")]
    [InlineData("12:14,16:* uid (partial 3:4)", "14 16")]
    [InlineData("1:* uid (partial 8:20)", "18")]
    [InlineData("1:* uid (partial 9:20)", "")]
    [InlineData("12:14,16:17,18 (uid) (partial 3:6)", "14 16 17 18")]
    public async Task UID_FETCH_tells_a_part_RFC9394_3_4(string arguments, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        var replies = await client.RunAsync("a uid fetch " + arguments);
        Assert.Equal(expected, string.Join(' ', replies.SkipLast(1).Select(line => line[(line.IndexOf("UID ", StringComparison.Ordinal) + 4)..^1])));
        Assert.StartsWith("a OK", replies[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fetch 1:* uid (partial 1:2)")]
    [InlineData("uid fetch 1:* uid (partial 0:2)")]
    [InlineData("uid fetch 1:* uid (partial 1:2 partial 3:4)")]
    [InlineData("uid fetch 1:* uid (partial)")]
    public async Task FETCH_has_no_such_part(string command)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("older 1", "1 2 3 4 5 6 7 8")]
    [InlineData("younger 4294967295", "1 2 3 4 5 6 7 8")]
    [InlineData("older 4294967295", "")]
    [InlineData("younger 60 younger 60", "")]
    [InlineData("not younger 60 flagged", "2 3 4 6 8")]
    public async Task WITHIN_looks_at_when_messages_arrived_RFC5032_2(string keys, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal(("* SEARCH " + expected).TrimEnd(), (await client.RunAsync("a search " + keys))[0]);
    }

    [Fact]
    public void Ranges_are_found_whatever_their_order_and_overlap()
    {
        var ranges = NumberRanges.Of([(7, 9), (1, 2), (3, 3), (8, 20), (30, uint.MaxValue), (31, 32)]);
        Assert.Equal([(1u, 3u), (7u, 20u), (30u, uint.MaxValue)], ranges.Ranges);
        Assert.Equal([1u, 3u, 7u, 20u, 30u, uint.MaxValue], new uint[] { 0, 1, 3, 4, 6, 7, 20, 21, 29, 30, uint.MaxValue }.Where(ranges.Contains));
        Assert.False(NumberRanges.None.Contains(1));
    }

    [Theory]
    [InlineData(1, 100, 7, 0, 7)]
    [InlineData(8, 9, 7, 0, 0)]
    [InlineData(7, 7, 7, 6, 1)]
    [InlineData(-1, -100, 7, 0, 7)]
    [InlineData(-7, -7, 7, 0, 1)]
    [InlineData(-8, -9, 7, 0, 0)]
    [InlineData(1, 4294967295, 0, 0, 0)]
    internal void A_part_lies_within_what_was_found(long first, long last, int found, int start, int count) =>
        Assert.Equal((start, count), new PartialRange(first, last).Of(found));
}
