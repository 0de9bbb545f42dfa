using MailOps.Maildir;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Commands on messages: STORE, COPY, MOVE, EXPUNGE, SEARCH, and what other sessions hear of them.</summary>
public sealed class MessageCommandTests
{
    private const string Message = "From: a@example.com\nSubject: s\n\nbody\n";

    [Fact]
    public async Task STORE_replaces_adds_and_removes()
    {
        await using var server = new ImapServer();
        server.Deliver(Message);
        server.Deliver(Message);
        await using var client = await server.SelectAsync();
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen))", "* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen))"], (await client.RunAsync("a store 1:2 flags (\\Seen \\Flagged)"))[..^1]);
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen))", (await client.RunAsync("b uid store 1 -flags \\Flagged"))[0]);
        var added = await client.RunAsync("c store 2 +flags ($Label1)");
        Assert.Equal("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label1)", added[0]);
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen $Label1))", added[2]);
        Assert.Single(await client.RunAsync("d store 1:2 +flags.silent (\\Deleted)"));
        Assert.Equal("* 1 FETCH (FLAGS (\\Deleted \\Seen))", (await client.RunAsync("e fetch 1 flags"))[0]);
        Assert.StartsWith("f BAD", (await client.RunAsync("f store 3 flags ()"))[^1], StringComparison.Ordinal);
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS ())"], (await client.RunAsync("g store 1 flags ()"))[..^1]);
    }

    [Fact]
    public async Task COPY_tells_COPYUID_and_TRYCREATE_RFC4315_3()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 5; i++)
            server.Deliver(Message, SystemFlags.Seen);
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a NO [TRYCREATE]", (await client.RunAsync("a copy 1 Archive"))[^1], StringComparison.Ordinal);
        await client.RunAsync("b create Archive");
        Assert.StartsWith("c OK [COPYUID 1000 1:3,5 1:4]", (await client.RunAsync("c copy 1:3,5 Archive"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("d OK [COPYUID 1000 4 5]", (await client.RunAsync("d uid copy 4 Archive"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("e OK There was nothing", (await client.RunAsync("e uid copy 100 Archive"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("f BAD", (await client.RunAsync("f copy 6 Archive"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task MOVE_sends_COPYUID_before_EXPUNGE_RFC6851_4_3()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 3; i++)
            server.Deliver(Message);
        await using var client = await server.SelectAsync();
        await client.RunAsync("a create Archive");
        Assert.Equal(
            ["* OK [COPYUID 1000 1:2 1:2] Moved", "* 1 EXPUNGE", "* 1 EXPUNGE", "b OK Moved"],
            await client.RunAsync("b move 1:2 Archive"));
        Assert.Equal(["* OK [COPYUID 1000 3 3] Moved", "* 1 EXPUNGE", "c OK Moved"], await client.RunAsync("c uid move 3 Archive"));
        Assert.StartsWith("d NO [TRYCREATE]", (await client.RunAsync("d uid move 1 Nowhere"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task EXPUNGE_counts_down_and_UID_EXPUNGE_takes_only_the_named()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 4; i++)
            server.Deliver(Message, SystemFlags.Deleted);
        await using var client = await server.SelectAsync();
        Assert.Equal(["* 2 EXPUNGE", "a OK Expunged"], await client.RunAsync("a uid expunge 2"));
        Assert.Equal(["* 1 EXPUNGE", "* 1 EXPUNGE", "* 1 EXPUNGE", "b OK Expunged"], await client.RunAsync("b expunge"));
    }

    [Fact]
    public async Task CLOSE_expunges_in_silence_and_UNSELECT_does_not()
    {
        await using var server = new ImapServer();
        server.Deliver(Message, SystemFlags.Deleted);
        await using var client = await server.SelectAsync();
        Assert.Single(await client.RunAsync("a unselect"));
        Assert.Single(server.Inbox.Messages);
        await client.RunAsync("b select inbox");
        Assert.Single(await client.RunAsync("c close"));
        Assert.Empty(server.Inbox.Messages);
    }

    [Fact]
    public async Task Two_sessions_hear_of_each_other_but_of_EXPUNGE_not_during_FETCH_STORE_and_SEARCH_RFC3501_7_4_1()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 3; i++)
            server.Deliver(Message);
        await using var one = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        await one.RunAsync("a store 1 +flags (\\Deleted)");
        await one.RunAsync("b expunge");
        server.Deliver(Message);

        var fetch = await other.RunAsync("c fetch 1:3 (uid)");
        Assert.Equal(["* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)"], fetch[..3]);
        Assert.Contains(fetch, l => l == "* 4 EXISTS");
        Assert.DoesNotContain(fetch, l => l.EndsWith("EXPUNGE", StringComparison.Ordinal));
        Assert.DoesNotContain(await other.RunAsync("d store 2 +flags (\\Seen)"), l => l.EndsWith("EXPUNGE", StringComparison.Ordinal));
        Assert.DoesNotContain(await other.RunAsync("e search all"), l => l.EndsWith("EXPUNGE", StringComparison.Ordinal));
        Assert.Equal(["* 1 EXPUNGE", "f OK Nothing done"], await other.RunAsync("f noop"));
        Assert.Contains(await one.RunAsync("g noop"), l => l == "* 1 FETCH (UID 2 FLAGS (\\Seen))");
    }

    [Fact]
    public async Task A_message_that_vanished_is_left_out_and_the_completion_says_so_RFC2180_4_1()
    {
        await using var server = new ImapServer();
        server.Deliver(Message);
        server.Deliver(Message);
        await using var client = await server.SelectAsync();
        server.Inbox.Lose(1);
        var lines = await client.RunAsync("a fetch 1:2 (body.peek[text])");
        Assert.StartsWith("* 2 FETCH", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("a NO [EXPUNGEISSUED]", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task IDLE_tells_of_a_delivery_an_expunge_and_flags_RFC2177()
    {
        await using var server = new ImapServer();
        server.Deliver(Message);
        await using var client = await server.SelectAsync();
        await client.SendAsync("a idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        server.Deliver(Message);
        Assert.Equal("* 2 EXISTS", await client.ReadLineAsync());
        Assert.Equal("* 0 RECENT", await client.ReadLineAsync());
        server.Inbox.SetFlags(2, new MessageFlagSet(SystemFlags.Seen));
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Seen))", await client.ReadLineAsync());
        server.Inbox.Remove(1);
        Assert.Equal("* 1 EXPUNGE", await client.ReadLineAsync());
        await client.SendAsync("DONE\r\n");
        Assert.Equal("a OK Idled", await client.ReadLineAsync());
        Assert.StartsWith("b OK", (await client.RunAsync("b noop"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task IDLE_goes_on_when_the_store_failed_and_tells_what_came_meanwhile()
    {
        var clock = new SteppedClock();
        await using var server = new ImapServer(clock: clock);
        await using var client = await server.SelectAsync();
        await client.SendAsync("a idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        var refreshes = 0;
        server.Store.Before = operation =>
        {
            if (operation == "Refresh" && Interlocked.Increment(ref refreshes) <= 3)
                throw new MailStoreException(StoreFault.Broken, "Cannot read.");
        };
        server.Deliver(Message);
        var told = client.ReadLineAsync();
        while (!told.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Delay(1);
        }

        Assert.Equal("* 1 EXISTS", await told);
        Assert.Equal("* 0 RECENT", await client.ReadLineAsync());
        Assert.Single(server.Events.OfType<SessionFaulted>());
        await client.SendAsync("DONE\r\nb noop\r\n");
        Assert.Equal(["a OK Idled"], await client.ReadToTagAsync("a"));
        Assert.Single(await client.ReadToTagAsync("b"), line => line.StartsWith("b OK", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "a OK Idled")]
    [InlineData(false, "a NO [SERVERBUG]")]
    public async Task DONE_is_taken_once_also_when_telling_of_changes_broke(bool isOfTheStore, string completion)
    {
        await using var server = new ImapServer(clock: new SteppedClock());
        await using var client = await server.SelectAsync();
        await client.SendAsync("a idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Store.Before = operation =>
        {
            if (operation == "Refresh" && failed.TrySetResult())
                throw isOfTheStore ? new MailStoreException(StoreFault.Broken, "Cannot read.") : new InvalidOperationException("A bug.");
        };
        server.Deliver(Message);
        await failed.Task;
        await client.SendAsync("DONE\r\nb noop\r\n");
        var lines = await client.ReadToTagAsync("a");
        Assert.Equal(["* 1 EXISTS", "* 0 RECENT"], lines[..^1]);
        Assert.StartsWith(completion, lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", Assert.Single(await client.ReadToTagAsync("b")), StringComparison.Ordinal);
        Assert.Single(server.Events.OfType<SessionFaulted>());
    }

    [Fact]
    public async Task IDLE_ends_with_DONE_only_and_needs_no_mailbox()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.SendAsync("a idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        await client.SendAsync("b noop\r\n");
        Assert.StartsWith("a BAD", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("c idle\r\nDONE\r\nd noop\r\n");
        Assert.Equal(["+ idling", "c OK Idled"], await client.ReadToTagAsync("c"));
        Assert.StartsWith("d OK", (await client.ReadToTagAsync("d"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("all", "1 2 3")]
    [InlineData("seen", "2")]
    [InlineData("unseen not draft", "1")]
    [InlineData("or seen draft", "2 3")]
    [InlineData("new", "")]
    [InlineData("old", "1 2 3")]
    [InlineData("2:*", "2 3")]
    [InlineData("uid 3,1", "1 3")]
    [InlineData("keyword $Work", "3")]
    [InlineData("unkeyword $work seen", "2")]
    [InlineData("from fred", "1")]
    [InlineData("subject meeting", "1")]
    [InlineData("subject \"réunion\"", "2")]
    [InlineData("header x-extra \"\"", "2")]
    [InlineData("header x-extra 42", "2")]
    [InlineData("header x-extra 43", "")]
    [InlineData("subject re", "2")]
    [InlineData("subject {8+}\r\nR\u00c9UNION", "2")]
    [InlineData("subject {9+}\r\nre\u0301union", "2")]
    [InlineData("subject {3+}\r\n\ufb01", "")]
    [InlineData("cc jane", "3")]
    [InlineData("body needle", "2")]
    [InlineData("body decoded", "3")]
    [InlineData("text needle", "1 2")]
    [InlineData("senton 7-Feb-1994", "1")]
    [InlineData("sentbefore 8-Feb-1994", "1")]
    [InlineData("sentsince \"1-Jan-2024\"", "2")]
    [InlineData("on 3-Feb-2024", "1 2 3")]
    [InlineData("before 3-Feb-2024", "")]
    [InlineData("since 3-Feb-2024", "1 2 3")]
    [InlineData("larger 200", "3")]
    [InlineData("smaller 200", "1 2")]
    [InlineData("(seen) (not (deleted))", "2")]
    [InlineData("charset utf-8 from {4+}\r\nfred", "1")]
    public async Task SEARCH_finds_by_every_key(string keys, string expected)
    {
        await using var server = new ImapServer();
        server.Deliver("Date: Mon, 7 Feb 1994 21:52:25 -0800\nFrom: Fred <f@example.com>\nSubject: a meeting\nX-Needle: needle\n\nbody\n");
        server.Deliver("Date: Tue, 2 Jan 2024 21:52:25 -0800\nFrom: x@example.com\nSubject: =?utf-8?q?R=C3=A9union?=\nX-Extra: 42\n\na Needle here\n", SystemFlags.Seen);
        server.Deliver("From: y@example.com\nCc: Jane <j@example.com>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nZGVjb2RlZA==\n--b\nContent-Type: application/octet-stream\n\nneedle\n--b--\n", SystemFlags.Draft);
        server.Inbox.SetFlags(3, new MessageFlagSet(SystemFlags.Draft, ["$Work"]));
        await using var client = await server.SelectAsync();
        await client.SendAsync(System.Text.Encoding.UTF8.GetBytes($"a search {keys}\r\n"));
        Assert.Equal(("* SEARCH " + expected).TrimEnd(), (await client.ReadToTagAsync("a"))[0]);
    }

    [Theory]
    [InlineData("search charset koi8-r subject x", "NO [BADCHARSET (US-ASCII UTF-8)]")]
    [InlineData("search", "BAD")]
    [InlineData("search nonsense", "BAD")]
    [InlineData("search on 31-Feb-2024", "BAD")]
    [InlineData("search (seen", "BAD")]
    [InlineData("uid search uid", "BAD")]
    public async Task SEARCH_refuses_what_it_does_not_know(string command, string expected)
    {
        await using var server = new ImapServer();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a " + expected, (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UID_SEARCH_answers_with_UIDs()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 3; i++)
            server.Deliver(Message);
        server.Inbox.Remove(1);
        await using var client = await server.SelectAsync();
        Assert.Equal("* SEARCH 2 3", (await client.RunAsync("a uid search 1:2"))[0]);
    }
}
