using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>What NOTIFY (RFC 5465) tells of the selected mailbox, between commands, with them, and in IDLE.</summary>
public sealed class NotifySelectedTests
{
    private const string Message = "{12+}\r\nSubject: s\r\n";

    private static async Task<(ModSeqServer Server, ImapTestClient Other, ImapTestClient Client)> SceneAsync(string groups, params string[] before)
    {
        var server = new ModSeqServer();
        await server.DeliverAsync(3);
        var other = await server.SelectAsync("create Work");
        var client = await server.SelectAsync(before);
        Ok(await client.RunAsync("n notify set " + groups));
        return (server, other, client);
    }

    // What is told of INBOX comes ahead of what is told of Work.
    private static async Task<List<string>> UntilWorkAsync(ImapTestClient other, ImapTestClient client)
    {
        Ok(await other.RunAsync("z append Work " + Message));
        var lines = new List<string>();
        while (await HearAsync(client) is { } line && !line.StartsWith("* STATUS \"Work\"", StringComparison.Ordinal))
            lines.Add(line);
        return lines;
    }

    // Which of the two sees a message first is left to chance.
    private static List<string> WithoutRecent(IEnumerable<string> lines) =>
        [.. lines.Where(line => !line.EndsWith(" RECENT", StringComparison.Ordinal)).Select(line => line.Replace("\\Recent ", "", StringComparison.Ordinal).Replace("\\Recent", "", StringComparison.Ordinal))];

    private static async Task<string?> HearAsync(ImapTestClient client)
    {
        string? line;
        do
            line = await client.ReadLineAsync();
        while (line?.EndsWith(" RECENT", StringComparison.Ordinal) == true);
        return line is null ? null : WithoutRecent([line])[0];
    }

    [Fact]
    public async Task SELECTED_tells_at_once_RFC5465_6_1_1()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew MessageExpunge FlagChange))");
        await using var all = new Disposables(client, other, server);
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.Equal("* 4 EXISTS", await HearAsync(client));
        Ok(await other.RunAsync("a store 2 +flags (\\Flagged)"));
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Flagged))", await HearAsync(client));
        Ok(await other.RunAsync("a store 2 +flags.silent (\\Deleted)"));
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Flagged \\Deleted))", await HearAsync(client));
        Ok(await other.RunAsync("a expunge"));
        Assert.Equal("* 2 EXPUNGE", await HearAsync(client));
    }

    [Fact]
    public async Task SELECTED_DELAYED_keeps_expunges_for_a_command_that_may_tell_them_RFC5465_6_1_2()
    {
        var (server, other, client) = await SceneAsync("(selected-delayed (MessageNew MessageExpunge FlagChange)) (mailboxes Work (MessageNew MessageExpunge))");
        await using var all = new Disposables(client, other, server);
        Ok(await other.RunAsync("a store 2 +flags.silent (\\Deleted)"));
        Ok(await other.RunAsync("a expunge"));
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.DoesNotContain(await UntilWorkAsync(other, client), line => line.Contains("EXPUNGE", StringComparison.Ordinal));
        Assert.DoesNotContain(Ok(await client.RunAsync("b fetch 3 uid")), line => line.Contains("EXPUNGE", StringComparison.Ordinal));
        Assert.Contains("* 2 EXPUNGE", Ok(await client.RunAsync("c noop")));
        Ok(await other.RunAsync("a store 1 +flags.silent (\\Deleted)"));
        Ok(await other.RunAsync("a expunge"));
        Assert.DoesNotContain(await UntilWorkAsync(other, client), line => line.Contains("EXPUNGE", StringComparison.Ordinal));
        await client.SendAsync("d idle\r\n");
        Assert.Equal("+ idling", await HearAsync(client));
        Assert.Equal("* 1 EXPUNGE", await HearAsync(client));
        await client.SendAsync("done\r\n");
        Assert.Equal("d OK Idled", await HearAsync(client));
    }

    // A client that leaves now asks from there on when it comes back, and must hear of the expunge then.
    [Fact]
    public async Task A_new_message_that_is_told_while_an_expunge_waits_does_not_raise_HIGHESTMODSEQ_above_it_RFC7162_3_2()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var other = await server.SelectAsync();
        await using var client = await server.SelectAsync("enable QRESYNC");
        Ok(await client.RunAsync("u search return (update (uid flags)) all"));
        Ok(await other.RunAsync("a store 2 +flags.silent (\\Deleted)"));
        Ok(await other.RunAsync("a expunge"));
        Ok(await other.RunAsync("a append INBOX " + Message));
        var lines = Ok(await client.RunAsync("b fetch 1 uid"));
        var told = ModSeq(Assert.Single(lines, line => line.Contains("(UID 4 ", StringComparison.Ordinal)));
        var highest = Highest(lines);
        Assert.True(highest < told);
        await using var back = await server.SelectAsync("enable QRESYNC");
        Assert.Equal("* VANISHED (EARLIER) 2", Ok(await back.RunAsync($"c uid fetch 1:* (UID) (CHANGEDSINCE {highest} VANISHED)"))[0]);
    }

    [Theory]
    [InlineData("n notify none")]
    [InlineData("n notify set (selected none)")]
    [InlineData("n notify set (personal (MailboxName))")]
    public async Task Who_asks_for_nothing_of_the_selected_mailbox_keeps_it_as_it_was_RFC5465_5(string command)
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew MessageExpunge FlagChange))");
        await using var all = new Disposables(client, other, server);
        Ok(await client.RunAsync(command));
        Ok(await other.RunAsync("a store 2 +flags.silent (\\Deleted)"));
        Ok(await other.RunAsync("a expunge"));
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.Equal(["b OK Nothing done"], await client.RunAsync("b noop"));
        await client.SendAsync("d idle\r\n");
        Assert.Equal("+ idling", await HearAsync(client));
        await client.SendAsync("done\r\n");
        Assert.Equal("d OK Idled", await HearAsync(client));
        Assert.Equal("* 3 FETCH (UID 3)", (await client.RunAsync("e fetch 3 uid"))[0]);

        // What its own command does is an answer to it, and cannot be told without the rest.
        Ok(await client.RunAsync("f store 1 +flags.silent (\\Deleted)"));
        Assert.Equal(["* 1 EXPUNGE", "* 1 EXPUNGE", "* 2 EXISTS", "g OK Expunged"], WithoutRecent(await client.RunAsync("g expunge")));
    }

    [Fact]
    public async Task Flags_are_told_to_who_asks_for_them_alone()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew MessageExpunge)) (mailboxes Work (MessageNew MessageExpunge))");
        await using var all = new Disposables(client, other, server);
        Ok(await other.RunAsync("a store 2 +flags (\\Flagged)"));
        Assert.Empty(await UntilWorkAsync(other, client));
        Assert.Equal(["b OK Nothing done"], await client.RunAsync("b noop"));
        Assert.Equal("* 2 FETCH (FLAGS (\\Flagged))", (await client.RunAsync("c fetch 2 flags"))[0]);
    }

    [Fact]
    public async Task NOTIFY_SET_tells_what_has_gathered_RFC5465_3_1()
    {
        var (server, other, client) = await SceneAsync("(selected none)");
        await using var all = new Disposables(client, other, server);
        Ok(await other.RunAsync("a store 2 +flags.silent (\\Deleted)"));
        Ok(await other.RunAsync("a expunge"));
        Assert.Equal(["* 2 EXPUNGE", "n OK Told from now on"], await client.RunAsync("n notify set (selected none)"));
    }

    [Fact]
    public async Task New_messages_are_told_with_what_was_asked_for_RFC5465_5_2()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew (uid flags body[header.fields (subject)]) MessageExpunge))");
        await using var all = new Disposables(client, other, server);
        Ok(await other.RunAsync("a append INBOX (\\Flagged) " + Message));
        Assert.Equal("* 4 EXISTS", await HearAsync(client));
        Assert.Equal("* 4 FETCH (UID 4 FLAGS (\\Flagged) BODY[HEADER.FIELDS (subject)] {14}\r\nSubject: s\r\n\r\n)", await HearAsync(client));

        // Not of what the client puts there itself.
        Assert.Equal(["* 5 EXISTS"], WithoutRecent(Ok(await client.RunAsync("b append INBOX " + Message))).SkipLast(1));
        Assert.Equal(["* 6 EXISTS"], WithoutRecent(Ok(await client.RunAsync("b copy 1 INBOX"))).SkipLast(1));

        // Nor did it become \Seen.
        Assert.Equal("* 4 FETCH (FLAGS (\\Flagged))", WithoutRecent(await client.RunAsync("c fetch 4 flags"))[0]);
    }

    [Fact]
    public async Task A_message_is_told_once_for_NOTIFY_and_searches_ahead_of_ADDTO_RFC5465_7()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew (uid flags) MessageExpunge FlagChange))");
        await using var all = new Disposables(client, other, server);
        Ok(await client.RunAsync("u search return (count update (uid rfc822.size)) subject s"));
        Ok(await client.RunAsync("v uid search return (count update(envelope)) subject t"));
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.Equal("* 4 EXISTS", await HearAsync(client));
        Assert.Equal("* 4 FETCH (UID 4 FLAGS () RFC822.SIZE 12)", await HearAsync(client));
        Assert.Equal("* ESEARCH (TAG \"u\") ADDTO (0 4)", await HearAsync(client));

        // What becomes a result by its flags is not told (section 7), and flags come ahead of what they change (section 5.1).
        Ok(await client.RunAsync("w search return (count update (uid envelope)) flagged"));
        Ok(await other.RunAsync("a store 1 +flags (\\Flagged)"));
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Flagged))", await HearAsync(client));
        Assert.Equal("* ESEARCH (TAG \"w\") ADDTO (0 1)", await HearAsync(client));
    }

    [Fact]
    public async Task Searches_tell_of_messages_without_NOTIFY_RFC5465_7()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync();
        await using var client = await server.SelectAsync();
        Ok(await client.RunAsync("u search return (count update (uid flags)) subject s"));
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.Equal(["* 1 EXISTS", "* 1 FETCH (UID 1 FLAGS ())", "* ESEARCH (TAG \"u\") ADDTO (0 1)", "b OK Nothing done"], WithoutRecent(await client.RunAsync("b noop")));
    }

    [Theory]
    [InlineData("search return (update ()) all")]
    [InlineData("search return (update (nothing)) all")]
    [InlineData("search return (update (all)) all")]
    [InlineData("search return (update (uid) all")]
    public async Task UPDATE_is_read_as_its_grammar_has_it_RFC5465_8(string command)
    {
        await using var server = new ModSeqServer();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a BAD ", (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_hears_by_UID_is_told_VANISHED_and_mod_sequences_RFC5465_5_3()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew (flags) MessageExpunge FlagChange))", "enable QRESYNC");
        await using var all = new Disposables(client, other, server);
        Ok(await other.RunAsync("a store 2 +flags.silent (\\Deleted)"));
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Deleted) MODSEQ (M))", ModSeqServer.Masked([(await HearAsync(client))!])[0]);
        Ok(await other.RunAsync("a expunge"));
        Assert.Equal("* VANISHED 2", await HearAsync(client));
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.Equal("* 3 EXISTS", await HearAsync(client));
        Assert.Equal("* 3 FETCH (UID 4 FLAGS () MODSEQ (M))", ModSeqServer.Masked([(await HearAsync(client))!])[0]);
    }

    [Fact]
    public async Task It_lasts_for_the_mailbox_that_is_selected_next_RFC5465_3_1()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))");
        await using var all = new Disposables(client, other, server);
        Ok(await client.RunAsync("b select Work"));
        Ok(await other.RunAsync("a append INBOX " + Message));
        Assert.StartsWith("* STATUS \"INBOX\" (MESSAGES 4", await HearAsync(client), StringComparison.Ordinal);
        Ok(await other.RunAsync("a append Work " + Message));
        Assert.Equal("* 1 EXISTS", await HearAsync(client));
        Ok(await client.RunAsync("c unselect"));
        Ok(await other.RunAsync("a append Work " + Message));
        Assert.StartsWith("* STATUS \"Work\" (MESSAGES 2", await HearAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_that_is_lost_ends_the_session_that_hears_of_it_at_once()
    {
        var (server, other, client) = await SceneAsync("(selected (MessageNew MessageExpunge))");
        await using var all = new Disposables(client, other, server);
        Ok(await client.RunAsync("b create Lost"));
        Ok(await client.RunAsync("b select Lost"));
        Directory.Delete(Path.Join(server.Inbox, ".Lost"), recursive: true);
        Assert.StartsWith("* BYE The mailbox has disappeared", await HearAsync(client), StringComparison.Ordinal);
        Assert.Null(await HearAsync(client));
    }

    private sealed class Disposables(params IAsyncDisposable[] all) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var one in all)
                await one.DisposeAsync();
        }
    }
}
