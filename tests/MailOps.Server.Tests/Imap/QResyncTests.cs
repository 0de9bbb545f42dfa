using System.Globalization;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>QRESYNC (RFC 7162 section 3.2), a row for each rule.</summary>
public sealed class QResyncTests
{
    [Fact]
    public async Task CAPABILITY_names_QRESYNC_CONDSTORE_and_ENABLE_RFC7162_3_2_2_and_3_2_3()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        var names = (await client.RunAsync("a capability"))[0].Split(' ');
        Assert.All(["QRESYNC", "CONDSTORE", "ENABLE"], name => Assert.Contains(name, names));
    }

    [Theory]
    [InlineData("QRESYNC", "* ENABLED QRESYNC", "* ENABLED")]
    [InlineData("QRESYNC CONDSTORE", "* ENABLED CONDSTORE QRESYNC", "* ENABLED")]
    [InlineData("CONDSTORE qresync", "* ENABLED CONDSTORE QRESYNC", "* ENABLED")]
    [InlineData("CONDSTORE", "* ENABLED CONDSTORE", "* ENABLED QRESYNC")]
    public async Task ENABLE_QRESYNC_enables_CONDSTORE_too_RFC7162_3_2_3(string names, string expected, string again)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.LogInAsync();
        Assert.Equal(expected, (await client.RunAsync("a enable " + names))[0]);
        Assert.Equal(again, (await client.RunAsync("b enable QRESYNC CONDSTORE"))[0]);
        Ok(await client.RunAsync("c select INBOX"));
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (M))", Masked(await client.RunAsync("d store 1 +flags \\Seen"))[0]);
    }

    [Theory]
    [InlineData("select INBOX (QRESYNC (1 1))", "QRESYNC needs ENABLE QRESYNC")]
    [InlineData("examine INBOX (QRESYNC (1 1 1:5))", "QRESYNC needs ENABLE QRESYNC")]
    [InlineData("uid fetch 1:* flags (changedsince 1 vanished)", "VANISHED needs ENABLE QRESYNC")]
    public async Task Without_ENABLE_QRESYNC_it_is_BAD_RFC7162_3_2_3(string command, string expected)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync("enable CONDSTORE");
        Assert.Equal(["a BAD " + expected], await client.RunAsync("a " + command));

        // What was selected is so still.
        Assert.Equal("* 1 FETCH (UID 1)", (await client.RunAsync("b fetch 1 uid"))[0]);
    }

    [Theory]
    [InlineData("select INBOX (QRESYNC)")]
    [InlineData("select INBOX (QRESYNC ())")]
    [InlineData("select INBOX (QRESYNC (1))")]
    [InlineData("select INBOX (QRESYNC (0 1))")]
    [InlineData("select INBOX (QRESYNC (1 0))")]
    [InlineData("select INBOX (QRESYNC (4294967296 1))")]
    [InlineData("select INBOX (QRESYNC (1 9223372036854775808))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:*))")]
    [InlineData("select INBOX (QRESYNC (1 1 $))")]
    [InlineData("select INBOX (QRESYNC (1 1 0))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 ()))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1:2 1)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1:2 1,3:4)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (2,1 1,2)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1,2 2,1)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (2:1 1:2)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1,1 1,2)))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1:* 1:5)))")]
    [InlineData("select INBOX (QRESYNC (1 1 (1 1) 1:5))")]
    [InlineData("select INBOX (QRESYNC (1 1 1:5 (1 1)")]
    [InlineData("select INBOX (QRESYNC (1 1) QRESYNC (1 1))")]
    [InlineData("select INBOX QRESYNC (1 1)")]
    [InlineData("uid fetch 1 flags (vanished)")]
    [InlineData("uid fetch 1 flags (changedsince 1 vanished vanished)")]
    [InlineData("fetch 1 flags (changedsince 1 vanished)")]
    public async Task What_the_grammar_does_not_allow_is_BAD_RFC7162_3_2_5_3_2_6_and_7(string command)
    {
        await using var server = new ModSeqServer();
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        if (command.Contains("fetch", StringComparison.Ordinal))
            Ok(await client.RunAsync("b select INBOX"));
        Assert.StartsWith("c BAD The arguments of", Assert.Single(await client.RunAsync("c " + command)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SELECT_QRESYNC_tells_all_of_SELECT_then_VANISHED_then_FETCHes_RFC7162_3_2_5_1()
    {
        await using var scene = await Scene.SetAsync();
        await using var client = await scene.Server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        var lines = Ok(await client.RunAsync($"b select INBOX (QRESYNC ({scene.UidValidity} {scene.Known}))"));
        Assert.Equal(
            [
                "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
                "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted",
                "* 6 EXISTS",
                "* 0 RECENT",
                "* OK [UNSEEN 1] First unseen",
                $"* OK [UIDVALIDITY {scene.UidValidity}] UIDs valid",
                "* OK [UIDNEXT 12] Predicted next UID",
                "* OK [HIGHESTMODSEQ M] Highest",
                "* VANISHED (EARLIER) 3:4,8,10",
                "* 3 FETCH (UID 5 FLAGS (\\Flagged) MODSEQ (M))",
                "* 5 FETCH (UID 9 FLAGS (\\Flagged) MODSEQ (M))",
                "* 6 FETCH (UID 11 FLAGS () MODSEQ (M))",
                "b OK [READ-WRITE] Selected",
            ],
            Masked([.. lines.Where(line => !line.Contains("MAILBOXID", StringComparison.Ordinal))]));
        Assert.Equal(scene.Highest, Highest(lines));

        // Now it knows all.
        lines = Ok(await client.RunAsync($"c examine INBOX (QRESYNC ({scene.UidValidity} {scene.Highest}))"));
        Assert.DoesNotContain(lines, line => line.Contains("VANISHED", StringComparison.Ordinal) || line.Contains("FETCH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1:6", "3:4", "5")]
    [InlineData("4,5", "4", "5")]
    [InlineData("9:8,10", "8,10", "9")]
    [InlineData("1:2", "", "")]
    [InlineData("4294967295", "", "")]
    [InlineData("1:4294967295", "3:4,8,10", "5 9 11")]
    public async Task Known_UIDs_are_all_that_is_told_of_RFC7162_3_2_5_1(string uids, string vanished, string changed)
    {
        await using var scene = await Scene.SetAsync();
        await using var client = await scene.Server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        var selected = Ok(await client.RunAsync($"b select INBOX (QRESYNC ({scene.UidValidity} {scene.Known} {uids}) CONDSTORE)"));
        Assert.Equal((vanished, changed), Scene.Told(selected));

        // Section 3.2.5.1: the same as of this command.
        Assert.Equal((vanished, changed), Scene.Told(Ok(await client.RunAsync($"c uid fetch {uids} (FLAGS) (CHANGEDSINCE {scene.Known} VANISHED)"))));
        Assert.Equal((vanished, changed), Scene.Told(Ok(await client.RunAsync($"d uid fetch {uids} (FLAGS) (vanished changedsince {scene.Known})"))));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Another_UIDVALIDITY_or_no_mod_sequences_and_nothing_is_told_RFC7162_3_2_5(int other, int hasModSeqs)
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: s\n\n");
        server.Deliver("Subject: s\n\n");
        server.Inbox.Remove(1);
        server.Inbox.HasModSeqs = hasModSeqs == 1;
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        var lines = Ok(await client.RunAsync(string.Create(CultureInfo.InvariantCulture, $"b select INBOX (QRESYNC ({999 + other} 1 1:5 (1 1)))")));
        Assert.Contains(lines, line => line == "* OK [UIDVALIDITY 1000] UIDs valid");
        Assert.Equal(("", ""), Scene.Told(lines));
    }

    [Theory]
    [InlineData("(1,2 1,2)", "3:4,8,10")]
    [InlineData("(1:3 1:2,5)", "8,10")]
    [InlineData("(1,2,3 1,2,4)", "3:4,8,10")]
    [InlineData("(3,4,5 5,6,8)", "8,10")]
    [InlineData("(3,4 4,6)", "3:4,8,10")]
    [InlineData("(5:6 9,11)", "")]
    [InlineData("(7:4294967295 11:4294967299)", "BAD")]
    [InlineData("(6:4294967000 11:4294967005)", "")]
    [InlineData("(9 9)", "3:4,8,10")]
    public async Task Below_a_pair_that_matches_nothing_is_told_RFC7162_3_2_5_2(string match, string vanished)
    {
        await using var scene = await Scene.SetAsync();
        await using var client = await scene.Server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        var lines = await client.RunAsync($"b select INBOX (QRESYNC ({scene.UidValidity} {scene.Known} 1:4294967295 {match}))");
        if (vanished == "BAD")
            Assert.StartsWith("b BAD", lines[^1], StringComparison.Ordinal);
        else
            Assert.Equal((vanished, "5 9 11"), Scene.Told(Ok(lines)));
        if (vanished != "BAD")
            Assert.Equal(vanished, Scene.Told(Ok(await client.RunAsync($"c select INBOX (QRESYNC ({scene.UidValidity} {scene.Known} {match}))"))).Vanished);
    }

    [Theory]
    [InlineData("1:*", "3:4,8,10")]
    [InlineData("4:*", "4,8,10")]
    [InlineData("*", "")]
    [InlineData("100:*", "")]
    public async Task UID_FETCH_VANISHED_takes_a_star_for_the_highest_UID_that_was_given_RFC7162_3_2_6(string uids, string vanished)
    {
        await using var scene = await Scene.SetAsync();
        await using var client = await scene.Server.SelectAsync("enable QRESYNC");
        Assert.Equal(vanished, Scene.Told(Ok(await client.RunAsync($"a uid fetch {uids} (FLAGS) (CHANGEDSINCE {scene.Known} VANISHED)"))).Vanished);
    }

    [Fact]
    public async Task UID_FETCH_VANISHED_tells_a_last_message_that_is_gone_RFC7162_3_2_6()
    {
        await using var scene = await Scene.SetAsync();
        await using var client = await scene.Server.SelectAsync("enable QRESYNC");
        Ok(await client.RunAsync("a uid store 11 +flags \\Deleted"));
        Ok(await client.RunAsync("b expunge"));
        Assert.Equal("3:4,8,10:11", Scene.Told(Ok(await client.RunAsync($"c uid fetch 1:* (FLAGS) (CHANGEDSINCE {scene.Known} VANISHED)"))).Vanished);
        Assert.Equal("11", Scene.Told(Ok(await client.RunAsync($"d uid fetch 1:* (FLAGS) (CHANGEDSINCE {scene.Highest} VANISHED)"))).Vanished);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(1:3 1:2,5)")]
    public async Task Where_the_history_is_lost_all_that_is_not_there_is_told_RFC7162_3_2_6(string match)
    {
        await using var scene = await Scene.SetAsync();
        await scene.Server.RestartAsync(() => File.Delete(Path.Join(scene.Server.Inbox, "mailops-log")));
        await using var client = await scene.Server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        var lines = Ok(await client.RunAsync($"b select INBOX (QRESYNC ({scene.UidValidity} {scene.Highest} {match}))".Replace(" ))", "))", StringComparison.Ordinal)));
        Assert.True(Highest(lines) > scene.Highest);
        Assert.Equal((match.Length > 0 ? "7:8,10" : "3:4,7:8,10", "1 2 5 6 9 11"), Scene.Told(lines));
    }
}
