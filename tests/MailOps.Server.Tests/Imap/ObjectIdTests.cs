using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>OBJECTID (RFC 8474) and PREVIEW (RFC 8970).</summary>
public sealed class ObjectIdTests
{
    private const string Zeros = "F00000000000000000000000000000000";
    private const string Ones = "M11111111111111111111111111111111";

    [Fact]
    public async Task A_mailbox_has_its_id_in_CREATE_SELECT_and_STATUS_RFC8474_4()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal([$"a OK [MAILBOXID ({Zeros})] Created"], await client.RunAsync("a create box"));
        Assert.Contains(await client.RunAsync("b select box"), line => line.StartsWith($"* OK [MAILBOXID ({Zeros})]", StringComparison.Ordinal));
        Assert.Contains(await client.RunAsync("c examine box"), line => line.StartsWith($"* OK [MAILBOXID ({Zeros})]", StringComparison.Ordinal));
        Assert.Equal($"* STATUS \"box\" (MESSAGES 0 MAILBOXID ({Zeros}))", (await client.RunAsync("d status box (messages mailboxid)"))[0]);
    }

    [Fact]
    public async Task A_message_has_its_id_in_FETCH_and_SEARCH_RFC8474_5_and_6()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nb\n");
        await using var client = await server.SelectAsync();
        Assert.Equal($"* 1 FETCH (UID 1 EMAILID ({Ones}) THREADID NIL)", (await client.RunAsync("a fetch 1 (threadid emailid uid)"))[0]);
        Assert.Equal("* SEARCH 1", (await client.RunAsync($"b search emailid {Ones}"))[0]);
        Assert.Equal("* SEARCH", (await client.RunAsync($"c search emailid {Ones.ToLowerInvariant()}"))[0]);
        Assert.Equal("* SEARCH", (await client.RunAsync($"d search threadid {Ones}"))[0]);
        Assert.StartsWith("e BAD", (await client.RunAsync("e search emailid a.b"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("f BAD", (await client.RunAsync($"f search emailid {new string('a', 256)}"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_has_the_id_of_its_source_and_a_renamed_mailbox_its_own_on_a_real_store_RFC8474_4_and_5_1()
    {
        var root = Directory.CreateTempSubdirectory("mailops-objectid-").FullName;
        try
        {
            await using var store = new MailOps.Maildir.MaildirStore(root, new MailOps.Maildir.MaildirStoreOptions());
            await using var server = new ImapServer(store: store);
            await using var client = await server.LogInAsync();
            await client.RunAsync("a append INBOX {12+}\r\nSubject: a\r\n");
            await client.RunAsync("a append INBOX {12+}\r\nSubject: a\r\n");
            var created = (await client.RunAsync("a create one"))[^1];
            await client.RunAsync("a select INBOX");
            await client.RunAsync("a copy 1 one");
            var (first, second) = ((await client.RunAsync("b fetch 1 emailid"))[0], (await client.RunAsync("b fetch 2 emailid"))[0]);
            Assert.NotEqual(first[8..], second[8..]);
            await client.RunAsync("c rename one two");
            Assert.Contains((await client.RunAsync("c status two (mailboxid)"))[0]["* STATUS \"two\" (MAILBOXID ".Length..^1], created, StringComparison.Ordinal);
            await client.RunAsync("c select two");
            Assert.Equal(first, (await client.RunAsync("d fetch 1 emailid"))[0]);
            await client.RunAsync("e move 1 INBOX");
            await client.RunAsync("f select INBOX");
            Assert.Equal(first[8..], (await client.RunAsync("g fetch 3 emailid"))[0][8..]);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData("preview", "PREVIEW \"Hello there\"")]
    [InlineData("preview (lazy)", "PREVIEW \"Hello there\"")]
    [InlineData("(Preview (LAZY) rfc822.size)", "RFC822.SIZE 28 PREVIEW \"Hello there\"")]
    [InlineData("(rfc822.size preview)", "RFC822.SIZE 28 PREVIEW \"Hello there\"")]
    [InlineData("snippet", "SNIPPET (FUZZY \"Hello there\")")]
    [InlineData("snippet (fuzzy)", "SNIPPET (FUZZY \"Hello there\")")]
    [InlineData("(snippet (lazy=fuzzy) uid)", "UID 1 SNIPPET (FUZZY \"Hello there\")")]
    [InlineData("(preview body.peek[text])", "PREVIEW \"Hello there\" BODY[TEXT] {13}\r\nHello\r\nthere\r\n")]
    public async Task A_preview_is_told_RFC8970_3(string items, string expected)
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nHello\nthere\n");
        await using var client = await server.SelectAsync();
        Assert.Equal($"* 1 FETCH ({expected})".Replace("{13}", "{14}", StringComparison.Ordinal), (await client.RunAsync("a fetch 1 " + items))[0]);
    }

    [Fact]
    public async Task What_has_no_text_has_an_empty_preview_and_other_scripts_a_literal_RFC8970_3_2()
    {
        await using var server = new ImapServer();
        server.Deliver("Content-Type: image/png\n\nxyz\n");
        server.Deliver("Content-Type: text/plain; charset=utf-8\n\nÄ\n");
        await using var client = await server.SelectAsync();
        Assert.Equal("* 1 FETCH (PREVIEW \"\")", (await client.RunAsync("a fetch 1 preview"))[0]);
        Assert.StartsWith("* 2 FETCH (PREVIEW {2}\r\n", (await client.RunAsync("b fetch 2 preview"))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preview (fuzzy)")]
    [InlineData("preview ()")]
    [InlineData("(preview (lazy)")]
    [InlineData("snippet (lazy)")]
    [InlineData("emailid (x)")]
    public async Task What_no_item_is_is_BAD(string items)
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nHello\n");
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a fetch 1 " + items))[^1], StringComparison.Ordinal);
    }
}
