using MailOps.Maildir;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Commands on mailboxes: LIST, CREATE, STATUS and the like.</summary>
public sealed class MailboxCommandTests
{
    [Fact]
    public async Task Mailboxes_are_made_listed_renamed_and_deleted()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a OK", (await client.RunAsync("a create Archive/2024"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.RunAsync("b create &ZeVnLIqe-/"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("c NO [ALREADYEXISTS]", (await client.RunAsync("c create Archive/2024"))[^1], StringComparison.Ordinal);

        Assert.Equal(
            [
                "* LIST (\\HasNoChildren) \"/\" \"INBOX\"",
                "* LIST (\\Noselect \\HasChildren) \"/\" \"Archive\"",
                "* LIST (\\HasNoChildren) \"/\" \"Archive/2024\"",
                "* LIST (\\HasNoChildren) \"/\" \"&ZeVnLIqe-\"",
            ],
            (await client.RunAsync("d list \"\" *"))[..^1]);
        Assert.Equal(3, (await client.RunAsync("e list \"\" %")).Count - 1);
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Archive/2024\"", (await client.RunAsync("f list Archive/ %"))[0]);
        Assert.Equal("* LIST (\\Noselect) \"/\" \"\"", (await client.RunAsync("g list \"\" \"\""))[0]);

        Assert.StartsWith("h OK", (await client.RunAsync("h rename Archive/2024 Old"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("i NO [NONEXISTENT]", (await client.RunAsync("i delete Archive/2024"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("j OK", (await client.RunAsync("j delete Old"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("k NO [CANNOT]", (await client.RunAsync("k delete inbox"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("l NO [NONEXISTENT]", (await client.RunAsync("l select Old"))[^1], StringComparison.Ordinal);
    }

    // A command that is refused changes nothing.
    [Fact]
    public async Task A_mailbox_that_cannot_be_deleted_stays_selected_RFC3501_6_3_4()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a OK", (await client.RunAsync("a select INBOX"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b NO [CANNOT]", (await client.RunAsync("b delete INBOX"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("c OK", (await client.RunAsync("c check"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscriptions_are_listed_with_their_parents_for_percent_RFC3501_6_3_9()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a subscribe foo/bar");
        await client.RunAsync("b subscribe INBOX");
        Assert.Equal(["* LSUB () \"/\" \"foo/bar\"", "* LSUB () \"/\" \"INBOX\""], (await client.RunAsync("c lsub \"\" *"))[..^1]);
        Assert.Equal(["* LSUB (\\Noselect) \"/\" \"foo\"", "* LSUB () \"/\" \"INBOX\""], (await client.RunAsync("d lsub \"\" %"))[..^1]);
        await client.RunAsync("e unsubscribe foo/bar");
        Assert.Single((await client.RunAsync("f lsub \"\" *"))[..^1]);
    }

    [Fact]
    public async Task STATUS_tells_what_was_asked_in_that_order()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nb\n");
        server.Deliver("Subject: a\n\nb\n", SystemFlags.Seen);
        await using var client = await server.LogInAsync();
        Assert.Equal(
            "* STATUS \"INBOX\" (UNSEEN 1 MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1000 RECENT 0 SIZE 34)",
            (await client.RunAsync("a status inbox (unseen messages uidnext uidvalidity recent size)"))[0]);
        Assert.StartsWith("b NO [NONEXISTENT]", (await client.RunAsync("b status x (messages)"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("c BAD", (await client.RunAsync("c status inbox ()"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task EXAMINE_changes_nothing()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nb\n", SystemFlags.Deleted);
        await using var client = await server.LogInAsync();
        var examine = await client.RunAsync("a examine inbox");
        Assert.StartsWith("a OK [READ-ONLY]", examine[^1], StringComparison.Ordinal);
        Assert.Contains(examine, l => l.StartsWith("* OK [PERMANENTFLAGS ()]", StringComparison.Ordinal));
        Assert.StartsWith("b NO", (await client.RunAsync("b store 1 +flags (\\Flagged)"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("c NO", (await client.RunAsync("c expunge"))[^1], StringComparison.Ordinal);
        Assert.Equal("* 1 FETCH (BODY[TEXT] {3}\r\nb\r\n)", (await client.RunAsync("d fetch 1 body[text]"))[0]);
        Assert.StartsWith("e OK", (await client.RunAsync("e close"))[^1], StringComparison.Ordinal);
        Assert.Equal(SystemFlags.Deleted, Assert.Single(server.Inbox.Messages).Flags.System);
    }

    [Fact]
    public async Task A_SELECT_that_fails_leaves_no_mailbox_selected()
    {
        await using var server = new ImapServer();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a NO [NONEXISTENT]", (await client.RunAsync("a select nowhere"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b BAD", (await client.RunAsync("b fetch 1 flags"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ID_ENABLE_and_NAMESPACE_are_answered()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal("* ID (\"name\" \"MailOps\")", (await client.RunAsync("a id (\"name\" \"x\" \"version\" NIL)"))[0]);
        Assert.Equal("* ID (\"name\" \"MailOps\")", (await client.RunAsync("b id nil"))[0]);
        Assert.Equal("* ENABLED", (await client.RunAsync("c enable IDLE"))[0]);
        Assert.Equal("* NAMESPACE ((\"\" \"/\")) NIL NIL", (await client.RunAsync("d namespace"))[0]);
    }

    [Fact]
    public async Task APPEND_takes_flags_a_date_and_lines_of_any_kind()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.SendAsync("a append inbox (\\Seen $Work) \" 7-Feb-2024 01:02:03 +0100\" {19+}\r\nA: b\nC: d\r\n\rx\ny\r\nz\r\r\n");
        Assert.StartsWith("a OK [APPENDUID 1000 1]", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        await client.RunAsync("s select inbox");
        Assert.Equal(
            "* 1 FETCH (FLAGS (\\Seen $Work) INTERNALDATE \" 7-Feb-2024 01:02:03 +0100\" BODY[] {21}\r\nA: b\r\nC: d\r\n\rx\r\ny\r\nz\r)",
            (await client.RunAsync("f fetch 1 (flags internaldate body.peek[])"))[0]);
    }

    [Fact]
    public async Task APPEND_is_refused_before_its_octets_where_that_can_be_known()
    {
        await using var server = new ImapServer(options: new() { MaxMessageSize = 100 });
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a NO [TRYCREATE]", (await client.RunAsync("a append nowhere {10}"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b NO [TOOBIG]", (await client.RunAsync("b append inbox {101}"))[^1], StringComparison.Ordinal);
        await client.SendAsync("c append inbox {101+}\r\n" + new string('x', 101) + "\r\nd append nowhere {3+}\r\nabc\r\n");
        Assert.StartsWith("c NO [TOOBIG]", (await client.ReadToTagAsync("c"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("d NO [TRYCREATE]", (await client.ReadToTagAsync("d"))[^1], StringComparison.Ordinal);
        Assert.Empty(server.Inbox.Messages);
    }

    [Fact]
    public async Task APPEND_to_a_full_store_is_OVERQUOTA_and_the_octets_are_no_commands()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        server.Store.Before = what => { if (what == "Write") throw new MailStoreException(StoreFault.Full, "No space left"); };
        await client.SendAsync("a append inbox {12+}\r\nx logout\r\n\r\n\r\nb noop\r\n");
        Assert.StartsWith("a NO [OVERQUOTA]", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.ReadToTagAsync("b"))[^1], StringComparison.Ordinal);
        Assert.Empty(server.Inbox.Messages);
    }

    [Fact]
    public async Task APPEND_to_an_account_over_its_quota_is_OVERQUOTA()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        server.Store.Before = what => { if (what == "Write") throw new MailStoreException(StoreFault.OverQuota, "Over quota"); };
        await client.SendAsync("a append inbox {3+}\r\nabc\r\n");
        Assert.Equal("a NO [OVERQUOTA] The account is over its quota", (await client.ReadToTagAsync("a"))[^1]);
    }

    [Fact]
    public async Task CREATE_of_a_name_that_no_mailbox_can_have_says_which_rule_it_breaks()
    {
        var path = Directory.CreateTempSubdirectory("mailops-test-").FullName;
        try
        {
            await using var store = new MaildirStore(path);
            await using var server = new ImapServer(store: store);
            await using var client = await server.LogInAsync();
            Assert.Equal("a NO [CANNOT] This name has a level '..', which leads to another directory", (await client.RunAsync("a create a/../b"))[^1]);
            Assert.StartsWith("b OK", (await client.RunAsync("b create a"))[^1], StringComparison.Ordinal);
            Assert.Equal("c NO [CANNOT] This name has an empty level", (await client.RunAsync("c rename a b//c"))[^1]);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public async Task A_client_that_vanishes_inside_APPEND_appends_nothing()
    {
        await using var server = new ImapServer();
        await using (var client = await server.LogInAsync())
        {
            await client.SendAsync("a append inbox {1000}\r\n");
            Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.SendAsync("half");
            client.HalfClose();
            Assert.Empty(await client.ReadToEndAsync());
        }

        Assert.Empty(server.Inbox.Messages);
    }
}
