using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>VANISHED in place of EXPUNGE, and HIGHESTMODSEQ of what is expunged (RFC 7162 sections 3.2.7 to 3.2.10).</summary>
public sealed class VanishedTests
{
    [Fact]
    public async Task EXPUNGE_UID_EXPUNGE_and_MOVE_tell_VANISHED_and_HIGHESTMODSEQ_RFC7162_3_2_7_3_2_9_and_RFC6851_4_4()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(9, "\\Deleted");
        await using var client = await server.SelectAsync("enable QRESYNC", "create Archive");
        var before = Highest(Ok(await client.RunAsync("a select INBOX")));
        var lines = Ok(await client.RunAsync("b uid expunge 2:3,5"));
        Assert.Equal(["* VANISHED 2:3,5", "b OK [HIGHESTMODSEQ M] Expunged"], Masked(lines));
        var second = Highest(lines);
        Assert.True(second > before);
        lines = Ok(await client.RunAsync("c uid move 9 Archive"));
        Assert.Equal(["* OK [COPYUID V 9 1] Moved", "* VANISHED 9", "c OK [HIGHESTMODSEQ M] Moved"], Masked(lines).Select(line => CopyUid(line)));
        var third = Highest(lines);
        Assert.True(third > second);
        lines = Ok(await client.RunAsync("d move 1:2 Archive"));
        Assert.Equal(["* VANISHED 1,4", "d OK [HIGHESTMODSEQ M] Moved"], Masked(lines)[1..]);
        Ok(await client.RunAsync("e store 1 -flags \\Deleted"));
        lines = Ok(await client.RunAsync("f expunge"));
        Assert.Equal(["* VANISHED 7:8", "f OK [HIGHESTMODSEQ M] Expunged"], Masked(lines));
        Assert.Equal(Highest(lines), Highest(Ok(await client.RunAsync("g select INBOX"))));

        static string CopyUid(string line) => System.Text.RegularExpressions.Regex.Replace(line, "COPYUID [0-9]+", "COPYUID V", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task CLOSE_tells_neither_and_gives_the_expunged_a_number_RFC7162_3_2_8()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var client = await server.SelectAsync("enable QRESYNC");
        var before = Highest(Ok(await client.RunAsync("a select INBOX")));
        var deleted = ModSeq(Ok(await client.RunAsync("b store 2 +flags \\Deleted"))[0]);
        Assert.Equal(["c OK Closed"], await client.RunAsync("c close"));
        var lines = Ok(await client.RunAsync("d select INBOX"));
        Assert.True(Highest(lines) > deleted);
        Assert.Equal("* VANISHED (EARLIER) 2", Ok(await client.RunAsync($"e uid fetch 1:* (UID) (CHANGEDSINCE {before} VANISHED)"))[0]);
    }

    [Fact]
    public async Task Without_QRESYNC_it_is_EXPUNGE_and_with_CONDSTORE_HIGHESTMODSEQ_is_told_RFC7162_3_2_7()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(4, "\\Deleted");
        await using var client = await server.SelectAsync();
        Assert.Equal(["* 1 EXPUNGE", "a OK Expunged"], await client.RunAsync("a uid expunge 1"));
        Ok(await client.RunAsync("b enable CONDSTORE"));
        Assert.Equal(["* 1 EXPUNGE", "* 1 EXPUNGE", "* 1 EXPUNGE", "c OK [HIGHESTMODSEQ M] Expunged"], Masked(await client.RunAsync("c expunge")));
    }

    [Fact]
    public async Task In_a_mailbox_without_mod_sequences_it_is_EXPUNGE_RFC7162_3_2_10()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: s\n\n", MailOps.Maildir.SystemFlags.Deleted);
        server.Inbox.HasModSeqs = false;
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        Ok(await client.RunAsync("b select INBOX"));
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Deleted \\Seen))", (await client.RunAsync("c store 1 +flags \\Seen"))[0]);
        Assert.Equal(["* 1 EXPUNGE", "d OK Expunged"], await client.RunAsync("d expunge"));
    }

    [Theory]
    [InlineData("fetch 1:3 (uid)")]
    [InlineData("store 1 +flags.silent (\\Seen)")]
    [InlineData("search all")]
    [InlineData("uid search 1:3")]
    [InlineData("uid search or seen (not 2)")]
    public async Task While_numbers_must_hold_no_VANISHED_is_told_RFC7162_3_2_10_2(string command)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3, "\\Deleted");
        await using var client = await server.SelectAsync("enable QRESYNC");
        await using var other = await server.SelectAsync();
        Ok(await other.RunAsync("a uid expunge 2"));
        Assert.DoesNotContain(Ok(await client.RunAsync("b " + command)), line => line.Contains("VANISHED", StringComparison.Ordinal));
        Assert.Equal("* VANISHED 2", (await client.RunAsync("c noop"))[0]);
    }

    [Theory]
    [InlineData("uid fetch 1:* (uid)")]
    [InlineData("uid store 1 +flags.silent (\\Seen)")]
    [InlineData("uid search uid 1:3")]
    [InlineData("uid search $")]
    public async Task Commands_with_UIDs_may_tell_it_RFC7162_3_2_10_2(string command)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3, "\\Deleted");
        await using var client = await server.SelectAsync("enable QRESYNC");
        await using var other = await server.SelectAsync();
        Ok(await other.RunAsync("a uid expunge 2"));
        Assert.Single(Ok(await client.RunAsync("b " + command)), "* VANISHED 2");
        Assert.Single(await client.RunAsync("c noop"));
    }

    [Theory]
    [InlineData("store 1 +flags.silent (\\Seen)")]
    [InlineData("fetch 1 (MODSEQ BODY[])")]
    public async Task While_an_expunge_waits_HIGHESTMODSEQ_stays_below_it_RFC7162_3_2(string command)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3, "\\Deleted");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        var selected = Ok(await client.RunAsync("b select INBOX"));
        await using var other = await server.SelectAsync("enable CONDSTORE");
        var expunged = Highest(Ok(await other.RunAsync("c uid expunge 2")));

        var lines = Ok(await client.RunAsync("d " + command));
        Assert.True(ModSeq(lines[0]) > expunged);
        var below = Highest(lines);
        Assert.InRange(below, Highest(selected), expunged - 1);

        // Whoever leaves now hears of it on coming back.
        await using var back = await server.SelectAsync("enable QRESYNC");
        Assert.Equal("* VANISHED (EARLIER) 2", Ok(await back.RunAsync($"e uid fetch 1:* (UID) (CHANGEDSINCE {below} VANISHED)"))[0]);

        // Who stays is told, and where it stands then.
        var told = Ok(await client.RunAsync("f noop"));
        Assert.Equal(["* VANISHED 2", "* OK [HIGHESTMODSEQ M] Highest", "f OK Nothing done"], Masked(told));
        Assert.Equal(ModSeq(lines[0]), Highest(told));
        Assert.Single(Ok(await client.RunAsync("g noop")));
    }

    [Fact]
    public async Task In_a_mailbox_that_another_session_deleted_HIGHESTMODSEQ_does_not_go_down_RFC7162_3_1_1()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work");
        for (var i = 0; i < 3; i++)
            Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        await using var client = await server.SelectAsync("enable QRESYNC");
        var highest = Highest(Ok(await client.RunAsync("b select Work")));
        Ok(await other.RunAsync("c delete Work"));
        Assert.All(Ok(await client.RunAsync("d fetch 1:3 (FLAGS MODSEQ)")), line => Assert.DoesNotContain("HIGHESTMODSEQ", line, StringComparison.Ordinal));
        Assert.Equal(["* VANISHED 1:3", "e OK Nothing done"], await client.RunAsync("e noop"));
        Assert.True(Highest(Ok(await client.RunAsync("f expunge"))) >= highest);
    }

    [Fact]
    public async Task What_this_session_never_saw_is_not_told_RFC7162_3_2_10_2()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var client = await server.SelectAsync("enable QRESYNC");
        await server.DeliverAsync(1, "\\Deleted");
        await using var other = await server.SelectAsync();
        Ok(await other.RunAsync("a expunge"));
        Assert.Single(await client.RunAsync("b noop"));
    }

    [Fact]
    public async Task IDLE_tells_VANISHED_and_MODSEQ_RFC7162_3_2_10_2()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3, "\\Deleted");
        await using var client = await server.SelectAsync("enable QRESYNC");
        await using var other = await server.SelectAsync();
        await client.SendAsync("a idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        Ok(await other.RunAsync("b uid expunge 1,3"));
        Assert.Equal("* VANISHED 1,3", await client.ReadLineAsync());
        Ok(await other.RunAsync("c store 1 flags \\Seen"));
        Assert.Equal(["* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (M))"], Masked([(await client.ReadLineAsync())!]));
        await client.SendAsync("DONE\r\n");
        Assert.Equal("a OK Idled", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Many_UIDs_are_told_in_lines_that_clients_take_RFC7162_4()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 1000; i++)
            server.Deliver("Subject: s\n\n", i % 2 == 0 ? MailOps.Maildir.SystemFlags.Deleted : MailOps.Maildir.SystemFlags.None);
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        Ok(await client.RunAsync("b select INBOX"));
        var lines = Ok(await client.RunAsync("c expunge"));
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 8192));
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => $"{(2 * i) + 1}"),
            lines[..^1].SelectMany(line => line["* VANISHED ".Length..].Split(',')));
    }
}
