using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>UIDONLY (RFC 9586): messages have UIDs, and no sequence numbers.</summary>
public sealed class UidOnlyTests
{
    private static async Task<ImapTestClient> SelectAsync(ModSeqServer server, string enable = "UIDONLY")
    {
        await server.DeliverAsync(5);
        await using (var other = await server.SelectAsync())
        {
            Ok(await other.RunAsync("a uid store 1,3 +flags \\Deleted"));
            Ok(await other.RunAsync("a expunge"));
        }

        return await server.SelectAsync("enable " + enable);
    }

    [Theory]
    [InlineData("FETCH 1 flags")]
    [InlineData("STORE 1 +flags \\Seen")]
    [InlineData("SEARCH all")]
    [InlineData("SORT (date) utf-8 all")]
    [InlineData("THREAD references utf-8 all")]
    [InlineData("COPY 1 INBOX")]
    [InlineData("MOVE 1 INBOX")]
    public async Task Commands_with_sequence_numbers_are_refused_RFC9586_3(string command)
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.Equal($"a BAD [UIDREQUIRED] After ENABLE UIDONLY messages are named by UID: use UID {command.Split(' ')[0]}", (await client.RunAsync("a " + command))[^1]);
    }

    [Fact]
    public async Task One_whose_octets_come_unasked_is_refused_RFC9586_3()
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.Equal(["a BAD [UIDREQUIRED] After ENABLE UIDONLY messages are named by UID: use UID REPLACE"], await client.RunAsync("a replace 1 INBOX {5+}\r\na:1\r\n"));
        Assert.StartsWith("b OK", (await client.RunAsync("b noop"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uid search 1")]
    [InlineData("uid search not (seen 1:*)")]
    [InlineData("uid sort (date) utf-8 or 1 seen")]
    [InlineData("uid thread references utf-8 2")]
    public async Task Keys_with_sequence_numbers_are_refused_RFC9586_3(string command)
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.Equal("a BAD [UIDREQUIRED] After ENABLE UIDONLY messages are named by UID: use the key UID", (await client.RunAsync("a " + command))[^1]);
    }

    [Fact]
    public async Task SELECT_with_sequence_numbers_in_QRESYNC_is_refused_RFC9586_3()
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server, "UIDONLY QRESYNC");
        Assert.StartsWith("a BAD [UIDREQUIRED]", (await client.RunAsync("a select INBOX (QRESYNC (1 1 1:5 (1 1)))"))[^1], StringComparison.Ordinal);
        Ok(await client.RunAsync("a select INBOX (QRESYNC (1 1 1:5))"));
    }

    [Fact]
    public async Task SELECT_tells_no_number_of_the_first_unseen()
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.DoesNotContain(await client.RunAsync("a select INBOX"), line => line.Contains("UNSEEN", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("uid fetch 2:4 flags", "* 2 UIDFETCH (FLAGS ())|* 4 UIDFETCH (FLAGS ())")]
    [InlineData("uid fetch 5 (body[header.fields (x)])", "* 5 UIDFETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (x)] {2}\r\n\r\n)")]
    [InlineData("uid fetch 2 (uid flags)", "* 2 UIDFETCH (UID 2 FLAGS ())")]
    [InlineData("uid store 4 +flags \\Seen", "* 4 UIDFETCH (FLAGS (\\Seen))")]
    [InlineData("uid store 4 +flags.silent \\Seen", "")]
    [InlineData("uid search uid 3:5", "* SEARCH 4 5")]
    [InlineData("uid search return (all) $", "* ESEARCH (TAG \"a\") UID")]
    public async Task Messages_are_told_by_UID_RFC9586_3_2(string command, string expected)
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.Equal(expected, string.Join('|', Ok(await client.RunAsync("a " + command)).SkipLast(1)));
    }

    [Fact]
    public async Task What_others_change_is_told_by_UID_and_what_they_remove_as_VANISHED_RFC9586_3_3()
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        await using var other = await server.SelectAsync();
        Ok(await other.RunAsync("b uid store 2,5 +flags \\Deleted"));
        Assert.Equal(["* 2 UIDFETCH (FLAGS (\\Deleted))", "* 5 UIDFETCH (FLAGS (\\Deleted))", "a OK Nothing done"], await client.RunAsync("a noop"));
        Ok(await other.RunAsync("b expunge"));
        Assert.Equal(["* VANISHED 2,5", "a OK Nothing done"], await client.RunAsync("a noop"));
        Ok(await client.RunAsync("a uid store 4 +flags \\Deleted"));
        Assert.Equal("* VANISHED 4", Ok(await client.RunAsync("a expunge"))[0]);
        await server.DeliverAsync(1);
        Assert.Equal("* 1 EXISTS", (await client.RunAsync("a noop"))[0]);
    }

    [Fact]
    public async Task With_CONDSTORE_mod_sequences_are_told_by_UID_RFC9586_3_2()
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server, "UIDONLY CONDSTORE");
        Assert.Equal("* 4 UIDFETCH (MODSEQ (M))", Masked(Ok(await client.RunAsync("a uid store 4 +flags.silent \\Seen")))[0]);
        Assert.Equal("* 4 UIDFETCH (FLAGS () MODSEQ (M))", Masked(Ok(await client.RunAsync("a uid store 4 -flags \\Seen")))[0]);
        Assert.StartsWith("a OK [MODIFIED 4]", (await client.RunAsync("a uid store 4 (unchangedsince 1) +flags \\Seen"))[^1], StringComparison.Ordinal);
    }
}
