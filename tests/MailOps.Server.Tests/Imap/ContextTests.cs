using MailOps.Maildir;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Searches and sorts whose changes are told: CONTEXT=SEARCH and CONTEXT=SORT (RFC 5267 section 4).</summary>
public sealed class ContextTests
{
    // UIDs 11 to 15 with the subjects d, b, e, a, c; 12 and 13 are flagged.
    private static ImapServer Server()
    {
        var server = new ImapServer();
        for (var i = 0; i < 10; i++)
            server.Inbox.Remove(server.Deliver("Subject: gone\n\n"));
        foreach (var subject in "dbeac")
            server.Deliver($"Subject: {subject}\n\nbody\n", subject is 'b' or 'e' ? SystemFlags.Flagged : SystemFlags.None);
        return server;
    }

    private static IEnumerable<string> Updates(IEnumerable<string> lines) => lines.Where(line => line.StartsWith("* ESEARCH", StringComparison.Ordinal));

    [Fact]
    public async Task Both_capabilities_are_told_RFC5267_4_1()
    {
        await using var server = Server();
        await using var client = await server.LogInAsync();
        var words = (await client.RunAsync("a capability"))[0].Split(' ');
        Assert.Contains("CONTEXT=SEARCH", words);
        Assert.Contains("CONTEXT=SORT", words);
    }

    [Fact]
    public async Task What_others_change_comes_and_goes_behind_its_FETCH_RFC5267_4_3_2()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal(["* ESEARCH (TAG \"u\") COUNT 2", "u OK Done"], await client.RunAsync("u search return (update count) flagged"));
        Assert.Equal(["* ESEARCH (TAG \"v\") UID ALL 12:13", "v OK Done"], await client.RunAsync("v uid search return (update all context) flagged"));
        server.Inbox.SetFlags(11, new MessageFlagSet(SystemFlags.Flagged));
        server.Inbox.SetFlags(13, MessageFlagSet.None);
        server.Inbox.SetFlags(15, new MessageFlagSet(SystemFlags.Flagged));
        var lines = await client.RunAsync("a noop");
        Assert.Equal(["* ESEARCH (TAG \"u\") REMOVEFROM (0 3) ADDTO (0 1,5)", "* ESEARCH (TAG \"v\") UID REMOVEFROM (0 13) ADDTO (0 11,15)", "a OK Nothing done"], lines[^3..]);
        Assert.Equal(3, lines.Count(line => line.Contains(" FETCH ", StringComparison.Ordinal)));
        Assert.Equal(["a OK Nothing done"], await client.RunAsync("a noop"));
    }

    [Fact]
    public async Task What_comes_is_told_behind_EXISTS_RFC5267_4_3_3()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update count) subject x");
        server.Deliver("Subject: y\n\n");
        server.Deliver("Subject: x\n\n");
        Assert.Equal(["* 7 EXISTS", "* 0 RECENT", "* ESEARCH (TAG \"u\") ADDTO (0 7)", "a OK Nothing done"], await client.RunAsync("a noop"));
    }

    [Fact]
    public async Task What_is_expunged_is_told_ahead_of_it_by_the_numbers_of_before_RFC5267_4_3_4()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update count) all");
        await client.RunAsync("v uid sort return (update count) (subject) utf-8 all");
        server.Inbox.Remove(12);
        server.Inbox.Remove(13);
        server.Inbox.Remove(15);

        // Not where numbers must hold.
        Assert.Empty(Updates(await client.RunAsync("a fetch 1 flags")));
        Assert.Equal(
            [
                "* ESEARCH (TAG \"u\") REMOVEFROM (0 2:3,5)",
                "* ESEARCH (TAG \"v\") UID REMOVEFROM (5 13 2 12,15)",
                "* 2 EXPUNGE",
                "* 2 EXPUNGE",
                "* 3 EXPUNGE",
                "a OK Nothing done",
            ],
            await client.RunAsync("a noop"));
    }

    [Theory]
    [InlineData("store 2 -flags (\\Flagged)", "REMOVEFROM (0 2)")]
    [InlineData("store 2:3 flags.silent ()", "REMOVEFROM (0 2:3)")]
    [InlineData("uid store 14 +flags.silent (\\Flagged)", "ADDTO (0 4)")]
    [InlineData("append INBOX (\\Flagged) {12+}\r\nSubject: z\r\n", "ADDTO (0 6)")]
    [InlineData("copy 2 INBOX", "ADDTO (0 6)")]
    public async Task What_the_client_does_itself_is_told_as_well_RFC5267_4_3(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update count) flagged");
        Assert.Equal([$"* ESEARCH (TAG \"u\") {expected}"], Updates(await client.RunAsync("a " + command)));
    }

    [Fact]
    public async Task What_a_STORE_tells_as_MODIFIED_changes_results_too_RFC5267_4_3_2()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(3);
        await using var other = await server.SelectAsync();
        await using var client = await server.SelectAsync("enable CONDSTORE");
        var highest = ModSeqServer.Highest(await client.RunAsync("s select INBOX"));
        await client.RunAsync("u search return (update count) unseen");
        await other.RunAsync("a store 2 +flags (\\Seen)");
        var lines = await client.RunAsync($"a store 2:3 (unchangedsince {highest}) -flags (\\Seen)");
        Assert.StartsWith("a OK [MODIFIED 2] ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(["* ESEARCH (TAG \"u\") REMOVEFROM (0 2)"], Updates(lines));
    }

    [Fact]
    public async Task What_a_FETCH_marks_as_seen_is_told()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update count) unseen");
        Assert.Equal(["* ESEARCH (TAG \"u\") REMOVEFROM (0 4)"], Updates(await client.RunAsync("a fetch 4 body[text]")));
    }

    // d11 b12 e13 a14 c15: sorted a14 b12 c15 d11 e13.
    [Fact]
    public async Task A_sort_tells_the_place_of_each_RFC5267_4_3_3()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal("* ESEARCH (TAG \"u\") UID ALL 14,12,15,11,13", (await client.RunAsync("u uid sort return (update all) (subject) utf-8 all"))[0]);
        foreach (var subject in new[] { "f", "bb", "ba", "0", "g" })
            server.Deliver($"Subject: {subject}\n\n");

        // 0_19 a14 b12 ba18 bb17 c15 d11 e13 f16 g20
        Assert.Equal(["* ESEARCH (TAG \"u\") UID ADDTO (1 19 4 18,17 9 16,20)"], Updates(await client.RunAsync("a noop")));
        server.Inbox.Remove(14);
        server.Inbox.Remove(17);
        server.Inbox.Remove(15);
        Assert.Equal(["* ESEARCH (TAG \"u\") UID REMOVEFROM (5 17,15 2 14)"], Updates(await client.RunAsync("a noop")));
    }

    [Fact]
    public async Task A_sort_by_flags_takes_out_and_puts_in_where_each_belongs()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal("* ESEARCH (TAG \"u\") ALL 3,1,5,2,4", (await client.RunAsync("u sort return (update all) (reverse subject) utf-8 unseen"))[0]);
        Assert.Equal(["* ESEARCH (TAG \"u\") REMOVEFROM (4 2 1 3,1)"], Updates(await client.RunAsync("a store 1:3 +flags (\\Seen)")));
        Assert.Equal(["* ESEARCH (TAG \"u\") ADDTO (1 1 3 2)"], Updates(await client.RunAsync("a store 1:2 -flags (\\Seen)")));
    }

    [Fact]
    public async Task Both_RETURN_options_are_silent_by_themselves()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal(["* ESEARCH (TAG \"u\")", "u OK Done"], await client.RunAsync("u search return (update) all"));
        Assert.Equal(["* ESEARCH (TAG \"v\") UID", "v OK Done"], await client.RunAsync("v uid search return (context) all"));
        Assert.Equal(["* ESEARCH (TAG \"w\")", "w OK Done"], await client.RunAsync("w search return (save update) flagged"));
        Assert.Equal(["* SEARCH 2 3", "x OK Done"], await client.RunAsync("x search $"));
    }

    [Fact]
    public async Task A_tag_that_is_in_use_is_refused_RFC5267_4_3()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update count) flagged");
        foreach (var command in new[] { "u search return (update) seen", "u uid search return (update) seen", "u sort return (update) (size) utf-8 all" })
            Assert.Equal(["u BAD A search with this tag is told of already: each needs a tag of its own"], await client.RunAsync(command));

        // Without UPDATE a tag is the client's own affair; and what ended, by its own command or with the mailbox, has none.
        Assert.EndsWith("OK Done", (await client.RunAsync("u search return (count) all"))[^1], StringComparison.Ordinal);
        await client.RunAsync("a cancelupdate \"u\"");
        Assert.Equal("u OK Done", (await client.RunAsync("u search return (update) all"))[^1]);
        await client.RunAsync("a select INBOX");
        Assert.Equal("u OK Done", (await client.RunAsync("u search return (update) all"))[^1]);
    }

    [Fact]
    public async Task What_is_one_too_many_is_answered_and_not_told_of_RFC5267_4_3_1()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        for (var i = 0; i < 10; i++)
            Assert.DoesNotContain(await client.RunAsync($"u{i} search return (update count) flagged"), line => line.Contains("NOUPDATE", StringComparison.Ordinal));
        Assert.Equal(
            ["* ESEARCH (TAG \"more\") COUNT 2", "* NO [NOUPDATE \"more\"] 10 searches are told of already: CANCELUPDATE ends one", "more OK Done"],
            await client.RunAsync("more sort return (update count) (size) utf-8 flagged"));
        server.Inbox.SetFlags(11, new MessageFlagSet(SystemFlags.Flagged));
        Assert.Equal(10, Updates(await client.RunAsync("a noop")).Count());
        Assert.Equal("a OK Told of no more", (await client.RunAsync("a cancelupdate \"u3\" \"u4\""))[^1]);
        Assert.Equal(["* ESEARCH (TAG \"more\") COUNT 3", "more OK Done"], await client.RunAsync("more search return (update count) flagged"));
    }

    // RFC 5032 section 2.3: what depends on the clock alone may be looked at when the server likes, so it is not promised.
    [Theory]
    [InlineData("younger 60")]
    [InlineData("or seen not older 60")]
    public async Task A_search_by_age_is_answered_and_not_told_of(string key)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Contains(await client.RunAsync($"u search return (update count) {key}"), line => line.StartsWith("* NO [NOUPDATE \"u\"] What OLDER and YOUNGER find", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cancelupdate \"v\"", "a NO No search with the tag \"v\" is told of in this mailbox: nothing is cancelled")]
    [InlineData("cancelupdate \"u\" \"v\"", "a NO No search with the tag \"v\" is told of in this mailbox: nothing is cancelled")]
    [InlineData("cancelupdate \"u\" \"\\\"\"", "a NO No search with the tag given is told of in this mailbox: nothing is cancelled")]
    [InlineData("cancelupdate", "a BAD ")]
    [InlineData("cancelupdate u", "a BAD ")]
    [InlineData("cancelupdate \"u\" ", "a BAD ")]
    [InlineData("cancelupdate \"u\"  \"u\"", "a BAD ")]
    [InlineData("cancelupdate (\"u\")", "a BAD ")]
    public async Task CANCELUPDATE_cancels_all_or_nothing_RFC5267_4_3_5(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update count) flagged");
        Assert.StartsWith(expected, (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
        server.Inbox.SetFlags(11, new MessageFlagSet(SystemFlags.Flagged));
        Assert.Single(Updates(await client.RunAsync("a noop")));
        Assert.Equal("a OK Told of no more", (await client.RunAsync("a cancelupdate \"u\" \"u\""))[^1]);
        server.Inbox.SetFlags(11, MessageFlagSet.None);
        Assert.Empty(Updates(await client.RunAsync("a noop")));
    }

    // RFC 5267 section 4.3: "evaluated at the time the command is received".
    [Fact]
    public async Task Sequence_numbers_name_what_they_named_and_UIDs_what_they_name()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u uid search return (update all) 4:*");
        await client.RunAsync("v uid search return (update all) uid 14:*");
        await client.RunAsync("w uid search return (update all) uid *");
        await client.RunAsync("x search return (save) flagged");
        await client.RunAsync("y uid search return (update all) $ seen");
        await client.RunAsync("z search return (save) all");
        server.Inbox.Remove(11);
        Assert.Empty(Updates(await client.RunAsync("a noop")));
        server.Deliver("Subject: n\n\n");
        Assert.Equal(["* ESEARCH (TAG \"v\") UID ADDTO (0 16)", "* ESEARCH (TAG \"w\") UID REMOVEFROM (0 15) ADDTO (0 16)"], Updates(await client.RunAsync("a noop")));
        server.Inbox.Remove(16);
        Assert.Equal(["* ESEARCH (TAG \"v\") UID REMOVEFROM (0 16)", "* ESEARCH (TAG \"w\") UID REMOVEFROM (0 16)", "* ESEARCH (TAG \"w\") UID ADDTO (0 15)"], Updates(await client.RunAsync("a noop")));
        foreach (var uid in new uint[] { 12, 14 })
            server.Inbox.SetFlags(uid, new MessageFlagSet(SystemFlags.Seen));
        Assert.Equal(["* ESEARCH (TAG \"y\") UID ADDTO (0 12)"], Updates(await client.RunAsync("a noop")));
    }

    [Fact]
    public async Task IDLE_tells_when_it_happens_RFC5267_4_3_2()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update) unseen");
        await client.SendAsync("a idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        server.Deliver("Subject: n\n\n");
        Assert.Equal(["* 6 EXISTS", "* 0 RECENT", "* ESEARCH (TAG \"u\") ADDTO (0 6)"], [await client.ReadLineAsync(), await client.ReadLineAsync(), await client.ReadLineAsync()]);
        await client.SendAsync("done\r\n");
        Assert.Equal("a OK Idled", await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("unselect")]
    [InlineData("close")]
    [InlineData("examine INBOX")]
    public async Task Who_leaves_the_mailbox_hears_no_more_RFC5267_4_3(string command)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update) flagged");
        await client.RunAsync("a " + command);
        await client.RunAsync("a select INBOX");
        server.Inbox.SetFlags(11, new MessageFlagSet(SystemFlags.Flagged));
        Assert.Empty(Updates(await client.RunAsync("a noop")));
    }

    [Fact]
    public async Task No_more_is_read_than_what_changed()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update) body x");
        var opened = 0;
        server.Store.Before = name => opened += name == "Open" ? 1 : 0;
        server.Deliver("Subject: n\n\nx\n");
        server.Inbox.SetFlags(11, new MessageFlagSet(SystemFlags.Flagged));
        Assert.Single(Updates(await client.RunAsync("a noop")));
        Assert.Equal(2, opened);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_looked_at_again()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        await client.RunAsync("u search return (update) body x");
        server.Deliver("Subject: n\n\nx\n");
        server.Store.Before = name =>
        {
            if (name == "Open")
                throw new MailStoreException(StoreFault.Broken, "The disk is gone.");
        };
        Assert.Equal(["* 6 EXISTS", "* 0 RECENT", "a OK Nothing done"], await client.RunAsync("a noop"));
        server.Store.Before = _ => { };
        Assert.Equal(["* ESEARCH (TAG \"u\") ADDTO (0 6)", "b OK Nothing done"], await client.RunAsync("b noop"));
    }
}
