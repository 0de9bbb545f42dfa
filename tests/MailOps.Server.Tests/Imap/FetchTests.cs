using System.Globalization;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>FETCH: sections, partial fetches, structure, and messages too big to hold.</summary>
public sealed class FetchTests
{
    private const string Nested = """
        From: outer@example.com
        Subject: outer
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=one

        preamble
        --one
        Content-Type: text/plain

        first
        --one
        Content-Type: message/rfc822
        Content-Description: forwarded

        From: inner@example.com
        Subject: inner
        Content-Type: multipart/alternative; boundary=two

        --two
        Content-Type: text/plain

        plain
        --two
        Content-Type: text/html
        Content-ID: <x@y>

        <b>html</b>
        --two--
        --one--

        """;

    [Theory]
    [InlineData("body[1]", "first")]
    [InlineData("body[1.mime]", "Content-Type: text/plain\r\n\r\n")]
    [InlineData("body[2.header]", "From: inner@example.com\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=two\r\n\r\n")]
    [InlineData("body[2.header.fields (subject from)]", "From: inner@example.com\r\nSubject: inner\r\n\r\n")]
    [InlineData("body[2.header.fields.not (from content-type)]", "Subject: inner\r\n\r\n")]
    [InlineData("body[2.1]", "plain")]
    [InlineData("body[2.2]", "<b>html</b>")]
    [InlineData("body[2.2.mime]", "Content-Type: text/html\r\nContent-ID: <x@y>\r\n\r\n")]
    [InlineData("body[header.fields (SUBJECT)]", "Subject: outer\r\n\r\n")]
    [InlineData("body[header.fields (nothing)]", "\r\n")]
    [InlineData("body[1]<1.3>", "irs")]
    [InlineData("body[1]<100.3>", "")]
    [InlineData("rfc822.header", "From: outer@example.com\r\nSubject: outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=one\r\n\r\n")]
    public async Task A_section_is_the_octets_that_it_names(string item, string expected)
    {
        await using var server = new ImapServer();
        server.Deliver(Nested, SystemFlags.Seen);
        await using var client = await server.SelectAsync();
        var line = (await client.RunAsync($"a fetch 1 {item}"))[0];
        var literal = line[(line.IndexOf("}\r\n", StringComparison.Ordinal) + 3)..^1];
        Assert.Equal(expected, literal);
        Assert.Contains(FormattableString.Invariant($"{{{expected.Length}}}"), line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("body[3]")]
    [InlineData("body[1.1.1]")]
    [InlineData("body[1.header]")]
    public async Task A_section_that_is_not_there_is_NIL(string item)
    {
        await using var server = new ImapServer();
        server.Deliver(Nested, SystemFlags.Seen);
        await using var client = await server.SelectAsync();
        Assert.EndsWith(" NIL)", (await client.RunAsync($"a fetch 1 {item}"))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OK", 1000)]
    [InlineData("BAD", 1001)]
    [InlineData("OK", 500, 500)]
    [InlineData("BAD", 500, 501)]
    public async Task The_names_of_fields_are_counted(string expected, params int[] sections)
    {
        await using var server = new ImapServer();
        server.Deliver(Nested);
        await using var client = await server.SelectAsync();
        var items = sections.Select(count => $"body.peek[header.fields.not ({string.Join(' ', Enumerable.Repeat("x", count))})]");
        Assert.StartsWith("a " + expected, (await client.RunAsync($"a fetch 1 ({string.Join(' ', items)})"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task BODYSTRUCTURE_shows_the_tree_and_BODY_leaves_the_extension_data_out()
    {
        await using var server = new ImapServer();
        server.Deliver(Nested);
        await using var client = await server.SelectAsync();
        const string envelope = "(NIL \"inner\" ((NIL NIL \"inner\" \"example.com\")) ((NIL NIL \"inner\" \"example.com\")) ((NIL NIL \"inner\" \"example.com\")) NIL NIL NIL NIL NIL)";
        var structure = (await client.RunAsync("a fetch 1 bodystructure"))[0];
        Assert.StartsWith("* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 ", structure, StringComparison.Ordinal);
        Assert.Contains("(\"message\" \"rfc822\" NIL NIL \"forwarded\" \"7bit\" ", structure, StringComparison.Ordinal);
        Assert.Contains(envelope, structure, StringComparison.Ordinal);
        Assert.EndsWith("\"mixed\" (\"boundary\" \"one\") NIL NIL NIL))", structure, StringComparison.Ordinal);
        var body = (await client.RunAsync("b fetch 1 body"))[0];
        Assert.Contains("\"alternative\") ", body, StringComparison.Ordinal);
        Assert.EndsWith(" \"mixed\"))", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looking_sets_Seen_and_peeking_does_not()
    {
        await using var server = new ImapServer();
        server.Deliver(Nested);
        server.Deliver(Nested);
        await using var client = await server.SelectAsync();
        Assert.DoesNotContain("FLAGS", (await client.RunAsync("a fetch 1 (body.peek[1] rfc822.header)"))[0], StringComparison.Ordinal);
        Assert.StartsWith("* 1 FETCH (FLAGS (\\Seen) BODY[1] ", (await client.RunAsync("b fetch 1 body[1]"))[0], StringComparison.Ordinal);
        Assert.DoesNotContain("FLAGS", (await client.RunAsync("c fetch 1 body[1]"))[0], StringComparison.Ordinal);
        Assert.StartsWith("* 2 FETCH (UID 2 FLAGS (\\Seen) RFC822.TEXT ", (await client.RunAsync("d uid fetch 2 rfc822.text"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UID_FETCH_always_tells_the_UID_RFC3501_6_4_8()
    {
        await using var server = new ImapServer();
        server.Deliver(Nested);
        await using var client = await server.SelectAsync();
        Assert.Equal("* 1 FETCH (UID 1 FLAGS ())", (await client.RunAsync("a uid fetch 1:* flags"))[0]);
        Assert.StartsWith("b OK", Assert.Single(await client.RunAsync("b uid fetch 100:200 flags")), StringComparison.Ordinal);
        Assert.StartsWith("c BAD", (await client.RunAsync("c fetch 2 flags"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_mailbox_has_no_first_message_and_that_is_no_mistake_of_1_to_star()
    {
        await using var server = new ImapServer();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a OK", Assert.Single(await client.RunAsync("a fetch 1:* flags")), StringComparison.Ordinal);
        Assert.StartsWith("b OK", Assert.Single(await client.RunAsync("b uid fetch 1:* flags")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_50_MiB_is_sent_in_pieces_without_being_held()
    {
        const long size = 50L * 1024 * 1024;
        await using var store = new BigStore(size);
        await using var server = new ImapServer(store: store);
        await using var client = await server.SelectAsync();
        await client.SendAsync("a fetch 1 body.peek[]<0.52428800>\r\n");
        var line = await client.ReadLineAsync();
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"* 1 FETCH (BODY[]<0> {{{size}}}\r\n"), line, StringComparison.Ordinal);
        Assert.Equal("a OK Fetched", await client.ReadLineAsync());
        Assert.InRange(store.LargestRead, 1, 128 * 1024);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_waited_for_and_then_dropped()
    {
        var clock = new SteppedClock();
        await using var store = new BigStore(50L * 1024 * 1024);
        await using var server = new ImapServer(store: store, clock: clock);
        await using var client = await server.SelectAsync();
        await client.SendAsync("a fetch 1 body.peek[]\r\n");
        // The pipe, the sockets' buffers, and no more: far from the whole message.
        var before = -1L;
        while (store.OctetsRead == 0 || before != store.OctetsRead)
        {
            before = store.OctetsRead;
            await Task.Delay(200);
        }

        Assert.InRange(store.OctetsRead, 1, 20L * 1024 * 1024);
        await Waiting.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMinutes(3));
                return server.Events.OfType<ConnectionClosed>().Any();
            },
            () => "The client is not dropped.");
        var octets = await client.ReadToEndAsync();
        Assert.DoesNotContain(octets, l => l.StartsWith("a OK", StringComparison.Ordinal));
    }

    // Where it marks messages as \Seen it shows their flags, those of others among them.
    [Fact]
    public async Task A_keyword_that_another_session_made_is_told_before_a_FETCH_shows_it_RFC3501_7_2_6()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var other = await server.SelectAsync();
        await using var client = await server.SelectAsync();
        await other.RunAsync("a store 1 +flags ($New)");
        var lines = await client.RunAsync("b fetch 1 body[text]");
        Assert.StartsWith("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New)", lines[0], StringComparison.Ordinal);
        Assert.Contains("FLAGS (\\Seen $New)", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_breaks_before_a_response_is_a_NO_and_the_session_goes_on()
    {
        await using var server = new ImapServer();
        server.Deliver(Nested);
        await using var client = await server.SelectAsync();
        server.Store.Before = what => { if (what == "Open") throw new MailStoreException(StoreFault.NoHandles, "Too many open files"); };
        Assert.StartsWith("a NO [UNAVAILABLE]", (await client.RunAsync("a fetch 1 body.peek[]"))[^1], StringComparison.Ordinal);
        server.Store.Before = _ => { };
        Assert.StartsWith("b OK", (await client.RunAsync("b fetch 1 body.peek[]"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_breaks_inside_a_response_ends_the_connection_rather_than_lie()
    {
        await using var store = new BigStore(1024 * 1024) { BreaksAfter = 300_000 };
        await using var server = new ImapServer(store: store);
        await using var client = await server.SelectAsync();
        await client.SendAsync("a fetch 1 body.peek[]\r\n");
        var rest = Assert.Single(await client.ReadToEndAsync());
        Assert.DoesNotContain("a NO", rest, StringComparison.Ordinal);
        Assert.Contains(server.Events, e => e is MailOps.Server.Connections.SessionFaulted);
    }

    [Theory]
    [InlineData("<\"odd name\"@example.com>", "NIL NIL \"odd name\" \"example.com\"")]
    [InlineData("\"Doe, \\\"J\\\"\" <\"a\\\"b\"@example.com>", "\"Doe, \\\"J\\\"\" NIL \"a\\\"b\" \"example.com\"")]
    [InlineData("\"plain\"@example.com", "NIL NIL \"plain\" \"example.com\"")]
    public async Task A_local_part_is_told_without_its_quotes_RFC3501_7_4_2(string address, string expected)
    {
        await using var server = new ImapServer();
        server.Deliver($"From: {address}\n\n");
        await using var client = await server.SelectAsync();
        Assert.Equal($"* 1 FETCH (ENVELOPE (NIL NIL (({expected})) (({expected})) (({expected})) NIL NIL NIL NIL NIL))", (await client.RunAsync("a fetch 1 envelope"))[0]);
    }
}
