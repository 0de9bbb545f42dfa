using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>STORE with UNCHANGEDSINCE, and STORE once CONDSTORE is enabled (RFC 7162 section 3.1.3).</summary>
public sealed class ConditionalStoreTests
{
    [Fact]
    public async Task What_did_not_change_since_is_stored_and_MODSEQ_is_told_even_in_silence_RFC7162_3_1_3_examples_3_to_5()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var client = await server.LogInAsync();
        var before = Highest(Ok(await client.RunAsync("a select INBOX (CONDSTORE)")));
        var lines = Ok(await client.RunAsync($"b uid store 3,1 (UNCHANGEDSINCE {before}) +flags.silent (\\Deleted)"));
        Assert.Equal(["* 1 FETCH (UID 1 MODSEQ (M))", "* 3 FETCH (UID 3 MODSEQ (M))", "b OK Stored"], Masked(lines));
        Assert.True(ModSeq(lines[0]) > before);
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (M))", Masked(Ok(await client.RunAsync($"c store 1 (unchangedsince {ModSeq(lines[0])}) flags \\Seen")))[0]);
    }

    [Theory]
    [InlineData("", "2,4", "OK")]
    [InlineData("uid ", "3,5", "OK")]
    public async Task What_changed_since_is_left_alone_named_and_told_RFC7162_3_1_3_examples_6_and_10(string uid, string modified, string status)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(5);
        await using var other = await server.SelectAsync();
        await using var client = await server.SelectAsync("enable CONDSTORE");
        await client.RunAsync("a store 1 +flags \\Deleted");
        await client.RunAsync("b expunge");
        var before = Highest(Ok(await client.RunAsync("c select INBOX")));
        Ok(await other.RunAsync("d uid store 3,5 +flags \\Flagged"));

        var lines = await client.RunAsync($"e {uid}store {(uid.Length > 0 ? "5,2:4,3" : "4,1:3,2")} (unchangedsince {before}) +flags.silent (\\Flagged)");

        Assert.Equal(
            [
                "* 1 FETCH (UID 2 MODSEQ (M))",
                "* 2 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (M))",
                "* 3 FETCH (UID 4 MODSEQ (M))",
                "* 4 FETCH (UID 5 FLAGS (\\Flagged) MODSEQ (M))",
                $"e {status} [MODIFIED {modified}] Some were changed since",
            ],
            Masked(lines));
        Assert.True(ModSeq(lines[0]) > ModSeq(lines[1]));
        Assert.Single(await client.RunAsync("f noop"));
    }

    [Fact]
    public async Task A_change_of_other_flags_is_no_reason_and_is_told_even_in_silence_RFC7162_3_1_12()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var other = await server.SelectAsync();
        await using var client = await server.LogInAsync();
        var before = Highest(Ok(await client.RunAsync("a select INBOX (CONDSTORE)")));
        Ok(await other.RunAsync("b store 1 +flags \\Deleted"));
        var lines = await client.RunAsync($"c store 1:2 (unchangedsince {before}) +flags.silent ($Processed)");
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Deleted $Processed) MODSEQ (M))", "* 2 FETCH (UID 2 MODSEQ (M))", "c OK Stored"], Masked(lines)[^3..]);
    }

    [Theory]
    [InlineData("+flags.silent ($MDNSent)", "OK [MODIFIED 1]")]
    [InlineData("+flags.silent (\\Seen)", "OK [MODIFIED 1]")]
    [InlineData("-flags (\\Seen)", "OK [MODIFIED 1]")]
    [InlineData("flags ($New)", "OK [MODIFIED 1]")]
    [InlineData("+flags.silent ($New)", "OK Stored")]
    public async Task At_0_what_is_there_fails_RFC7162_3_1_3_examples_7_and_8(string change, string expected)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        Ok(await client.RunAsync("a store 1 +flags ($MDNSent)"));
        var lines = await client.RunAsync($"b store 1 (unchangedsince 0) {change}");
        Assert.StartsWith("b " + expected, lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\\Answered", "NO [MODIFIED 2] Some of the messages were expunged by another session")]
    [InlineData("\\Draft", "NO [EXPUNGEISSUED] Some of the messages were expunged by another session")]
    public async Task What_was_expunged_meanwhile_is_not_named_and_the_answer_is_NO_RFC7162_3_1_3_example_11(string flag, string expected)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(5);
        await using var other = await server.SelectAsync();
        await using var client = await server.LogInAsync();
        var before = Highest(Ok(await client.RunAsync("a select INBOX (CONDSTORE)")));
        Ok(await other.RunAsync("b store 2 +flags \\Answered"));
        Ok(await other.RunAsync("c store 4:5 +flags.silent \\Deleted"));
        Ok(await other.RunAsync("d expunge"));

        var lines = await client.RunAsync($"e store 1:5 (unchangedsince {before}) +flags ({flag})");

        Assert.Equal("e " + expected, lines[^1]);
        Assert.Equal([1, 2, 3], lines.Where(line => line.Contains(" FETCH ", StringComparison.Ordinal)).Select(line => line[2] - '0'));
        Assert.Equal(["* 4 EXPUNGE", "* 4 EXPUNGE", "* OK [HIGHESTMODSEQ M] Highest", "f OK Nothing done"], Masked(await client.RunAsync("f noop")));
    }

    [Fact]
    public async Task Once_enabled_every_STORE_tells_MODSEQ_RFC7162_3_1_4_2_example_14()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        await using var other = await server.SelectAsync("enable CONDSTORE");
        var lines = Ok(await client.RunAsync("a store 1 +flags.silent (\\Deleted)"));
        Assert.Equal(["* 1 FETCH (UID 1 MODSEQ (M))", "a OK Stored"], Masked(lines));
        Assert.Equal($"* 1 FETCH (UID 1 FLAGS (\\Deleted) MODSEQ ({ModSeq(lines[0])}))", (await other.RunAsync("b noop"))[0]);
        Assert.True(ModSeq((await client.RunAsync("c store 1 -flags (\\Deleted)"))[0]) > ModSeq(lines[0]));
    }

    [Fact]
    public async Task What_is_so_already_keeps_its_number_RFC7162_3_1_11()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        var first = ModSeq((await client.RunAsync("a store 1 +flags \\Seen"))[0]);
        Assert.Equal(first, ModSeq((await client.RunAsync("b store 1 +flags \\Seen"))[0]));
        Assert.Equal(first, ModSeq((await client.RunAsync("c store 1 -flags.silent \\Draft"))[0]));
    }

    [Fact]
    public async Task Silence_hides_no_flag_that_another_session_set_RFC3501_6_4_6()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        Ok(await other.RunAsync("a store 1 +flags \\Flagged"));
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen))", "b OK Stored"], await client.RunAsync("b store 1 +flags.silent \\Seen"));
    }

    [Fact]
    public async Task A_flag_that_was_set_and_taken_off_by_another_is_told_as_a_number_RFC7162_3_1()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        await using var other = await server.SelectAsync("enable CONDSTORE");
        Ok(await other.RunAsync("a store 1 +flags \\Flagged"));
        var last = ModSeq(Ok(await other.RunAsync("b store 1 -flags \\Flagged"))[0]);
        Assert.Equal([$"* 1 FETCH (UID 1 MODSEQ ({last}))", "c OK Nothing done"], await client.RunAsync("c noop"));
        Assert.StartsWith("d OK Stored", (await client.RunAsync($"d store 1 (unchangedsince {last}) flags \\Seen"))[^1], StringComparison.Ordinal);
    }
}
