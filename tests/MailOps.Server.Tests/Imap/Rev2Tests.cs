using System.Text;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>IMAP4rev2 (RFC 9051) beside IMAP4rev1, and UTF8=ACCEPT (RFC 6855): what changes once a client enables them, and that it does not before.</summary>
public sealed class Rev2Tests
{
    // Text as the test's client shows and sends it: octets as Latin-1.
    private static string Wire(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static async Task<ImapTestClient> EnableAsync(ImapServer server, string extensions) => await EnableAsync(await server.LogInAsync(), extensions);

    private static async Task<ImapTestClient> EnableAsync(ImapTestClient client, string extensions)
    {
        if (extensions.Length > 0)
            Assert.Equal("* ENABLED " + extensions, (await client.RunAsync("e enable " + extensions))[0]);
        return client;
    }

    private static async Task<string> AskAsync(ImapTestClient client, string command) => Told(await client.RunAsync("a " + Wire(command)));

    private static string Told(IEnumerable<string> lines) =>
        Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(string.Join('\n', lines)));

    [Fact]
    public async Task Both_versions_are_announced_and_each_is_enabled_by_name_RFC9051_A()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("* OK [CAPABILITY IMAP4rev1 IMAP4rev2 ", client.Greeting, StringComparison.Ordinal);
        Assert.StartsWith("* CAPABILITY IMAP4rev1 IMAP4rev2 ", (await client.RunAsync("a capability"))[0], StringComparison.Ordinal);
        Assert.StartsWith("l OK", (await client.RunAsync("l login john@example.com summersun"))[^1], StringComparison.Ordinal);
        Assert.Equal("* ENABLED IMAP4rev2", (await client.RunAsync("a enable imap4REV2"))[0]);
        // RFC 6855 section 3: another name for a part of it, which is enabled by that name all the same.
        Assert.Equal("* ENABLED UTF8=ACCEPT", (await client.RunAsync("a enable UTF8=ACCEPT"))[0]);
    }

    [Theory]
    [InlineData("search all", "* ESEARCH (TAG \"a\") ALL 1:2\na OK Done", "6.4.4: the answer is ESEARCH")]
    [InlineData("uid search all", "* ESEARCH (TAG \"a\") UID ALL 1:2\na OK Done", "6.4.4")]
    [InlineData("search subject nowhere", "* ESEARCH (TAG \"a\")\na OK Done", "6.4.4: without ALL where nothing was found")]
    [InlineData("search return (count) all", "* ESEARCH (TAG \"a\") COUNT 2\na OK Done", "6.4.4.1")]
    [InlineData("search charset utf-8 subject \"Grüße\"", "* ESEARCH (TAG \"a\") ALL 1\na OK Done", "6.4.4: CHARSET is still there")]
    [InlineData("search subject \"GRÜßE\"", "* ESEARCH (TAG \"a\") ALL 1\na OK Done", "4.3: UTF-8 in a quoted string, without CHARSET")]
    [InlineData("sort (subject) utf-8 all", "* SORT 1 2\na OK Done", "RFC 5256: SORT is not changed")]
    [InlineData("fetch 1 (flags)", "* 1 FETCH (FLAGS (\\Flagged))\na OK Fetched", "E.12: no \\Recent")]
    [InlineData("fetch 1 (body[header.fields (x)])", "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen) BODY[HEADER.FIELDS (x)] {2}\r\n\r\n)\na OK Fetched", "E.21: what is told unasked has the UID")]
    [InlineData("store 1 flags ()", "* 1 FETCH (UID 1 FLAGS ())\na OK Stored", "E.21")]
    [InlineData("fetch 1 (body.peek[text])", "* 1 FETCH (BODY[TEXT] {6}\r\nText\r\n)\na OK Fetched", "6.4.5")]
    [InlineData("check", "a OK Checked", "E.17: taken all the same")]
    public async Task A_selected_mailbox_speaks_IMAP4rev2(string command, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer();
        server.Deliver("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nText\n", Maildir.SystemFlags.Flagged);
        server.Deliver("Subject: z\n\n");
        await using var client = await EnableAsync(server, "IMAP4rev2");
        await client.RunAsync("s select INBOX");
        Assert.Equal(expected, await AskAsync(client, command));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("UTF8=ACCEPT", true)]
    [InlineData("IMAP4rev2", false)]
    public async Task What_IMAP4rev2_has_no_more_is_told_to_others_alone_RFC9051_E(string enabled, bool isTold)
    {
        await using var server = new ModSeqServer();
        await using var client = await EnableAsync(await server.LogInAsync(), enabled);
        await client.RunAsync("p append INBOX {5+}\r\na:1\r\n");
        Assert.Equal(isTold, (await client.RunAsync("s select INBOX")).Contains("* 1 RECENT"));
        Assert.Equal(isTold ? "* 1 FETCH (FLAGS (\\Recent))" : "* 1 FETCH (FLAGS ())", (await client.RunAsync("f fetch 1 flags"))[0]);
        Assert.Equal(isTold ? "* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen))" : "* 1 FETCH (UID 1 FLAGS (\\Seen))", (await client.RunAsync("f store 1 flags \\Seen"))[0]);
        Assert.Equal(isTold ? "* SEARCH 1" : "* ESEARCH (TAG \"q\") ALL 1", (await client.RunAsync("q search all"))[0]);
        var appended = await client.RunAsync("p append INBOX {5+}\r\na:1\r\n");
        Assert.Equal(isTold ? ["* 2 EXISTS", "* 2 RECENT"] : ["* 2 EXISTS"], appended.SkipLast(1));
    }

    [Fact]
    public async Task SELECT_tells_the_name_by_LIST_and_nothing_of_RECENT_and_UNSEEN_RFC9051_6_3_2()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: z\n\n");
        await using var client = await EnableAsync(server, "IMAP4rev2");
        foreach (var name in new[] { "Straße", "Straße/Ecke", "Sent" })
            Assert.Contains("OK", await AskAsync(client, $"create \"{name}\""), StringComparison.Ordinal);

        Assert.Contains("\n* LIST (\\HasChildren) \"/\" \"Straße\"\n", await AskAsync(client, "select \"Straße\""), StringComparison.Ordinal);
        Assert.Contains("\n* LIST (\\Sent \\HasNoChildren) \"/\" \"Sent\"\n", await AskAsync(client, "examine Sent"), StringComparison.Ordinal);
        var inbox = await AskAsync(client, "select INBOX");
        Assert.Contains("\n* LIST (\\HasNoChildren) \"/\" \"INBOX\"\n", inbox, StringComparison.Ordinal);
        Assert.Contains("\n* 1 EXISTS\n", inbox, StringComparison.Ordinal);
        Assert.DoesNotContain("RECENT", inbox, StringComparison.Ordinal);
        Assert.DoesNotContain("UNSEEN", inbox, StringComparison.Ordinal);

        server.Deliver("Subject: y\n\n");
        Assert.Equal("* 2 EXISTS\na OK Nothing done", await AskAsync(client, "noop"));
    }

    [Fact]
    public async Task A_plain_LIST_says_NonExistent_RFC9051_7_3_1()
    {
        await using var server = new ImapServer();
        await using var client = await EnableAsync(server, "IMAP4rev2");
        await client.RunAsync("a create Deep/Below");
        Assert.StartsWith("* LIST (\\NonExistent \\HasChildren) \"/\" \"Deep\"\n", await AskAsync(client, "list \"\" Deep"), StringComparison.Ordinal);
        await using var older = await server.LogInAsync();
        Assert.StartsWith("* LIST (\\Noselect \\HasChildren) \"/\" \"Deep\"\n", await AskAsync(older, "list \"\" Deep"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IMAP4rev2")]
    [InlineData("UTF8=ACCEPT")]
    public async Task Names_are_in_UTF8_to_and_from_the_client_RFC9051_5_1_RFC6855_3(string enabled)
    {
        await using var server = new ImapServer();
        await using var client = await EnableAsync(server, enabled);
        const string name = "Entwürfe & 下書き";
        Assert.Contains("a OK", await AskAsync(client, $"create \"{name}\""), StringComparison.Ordinal);
        // In a literal as well; and what looks like modified UTF-7 is a name like any other.
        Assert.Contains("a OK", await AskAsync(client, $"subscribe {{{Encoding.UTF8.GetByteCount(name)}+}}\r\n{name}"), StringComparison.Ordinal);
        Assert.Contains("a OK", await AskAsync(client, "create &AMQ-"), StringComparison.Ordinal);
        Assert.Equal($"* LIST (\\HasNoChildren) \"/\" \"&AMQ-\"\n* LIST (\\HasNoChildren) \"/\" \"{name}\"\na OK Listed", await AskAsync(client, "list \"\" (\"Entwürfe*\" &*)"));
        Assert.StartsWith($"* LSUB () \"/\" \"{name}\"\n", await AskAsync(client, "lsub \"\" *"), StringComparison.Ordinal);
        Assert.StartsWith($"* STATUS \"{name}\" (MESSAGES 0)\n", await AskAsync(client, $"status \"{name}\" (messages)"), StringComparison.Ordinal);
        Assert.Contains("a OK", await AskAsync(client, $"append \"{name}\" {{5+}}\r\na:1\r\n"), StringComparison.Ordinal);

        // Who did not ask for it is told the same mailboxes in modified UTF-7 (RFC 9051 appendix A.1), and may send UTF-8 (RFC 6855 section 3).
        await using var older = await server.LogInAsync();
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"&-AMQ-\"\n* LIST (\\HasNoChildren) \"/\" \"Entw&APw-rfe &- &Tgtm+DBN-\"\na OK Listed", await AskAsync(older, "list \"\" (Entw* &-*)"));
        Assert.StartsWith("* STATUS \"Entw&APw-rfe &- &Tgtm+DBN-\" (MESSAGES 1)\n", await AskAsync(older, $"status \"{name}\" (messages)"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IMAP4rev2", "create \"a\xff\"", "a BAD", "No UTF-8 in a quoted string, RFC6855_3")]
    [InlineData("", "create \"a\xff\"", "a BAD", "Asked for or not, RFC6855_3")]
    [InlineData("", "list \"\" \"a\xc3\"", "a BAD", "Half a character, RFC6855_3")]
    [InlineData("IMAP4rev2", "create {2+}\r\na\xff", "a NO [CANNOT]", "Nor in a literal that is a name, RFC9051_5_1")]
    [InlineData("IMAP4rev2", "create \"a\xe2\x80\xa8\"", "a NO [CANNOT] This name has a separator of lines or paragraphs (U+2028)", "RFC6855_3")]
    [InlineData("IMAP4rev2", "create \"a\xc2\x85\"", "a NO [CANNOT] This name has a control character (U+0085)", "RFC6855_3")]
    [InlineData("IMAP4rev2", "create \"u\xcc\x88\"", "a NO [CANNOT] This name is not in Unicode's Normalization Form C", "RFC9051_6_3_4")]
    [InlineData("IMAP4rev2", "rename Old \"u\xcc\x88\"", "a NO [CANNOT] This name is not in Unicode's Normalization Form C", "RFC9051_6_3_6")]
    [InlineData("", "create \"u\xcc\x88\"", "a NO [CANNOT]", "A second spelling of a name, RFC3501_5_1_3")]
    [InlineData("", "create &AAo-", "a NO [CANNOT] This name has a control character (U+000A)", "RFC3501_5_1")]
    public async Task A_name_that_cannot_be_is_refused(string enabled, string command, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ModSeqServer();
        await using var client = await EnableAsync(await server.LogInAsync(), enabled);
        await client.RunAsync("c create Old");
        Assert.StartsWith(expected, (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_another_program_gave_is_reached_however_it_is_composed_RFC9051_5_1()
    {
        await using var server = new ImapServer();
        await using var older = await server.LogInAsync();
        // As mail programs of macOS write it.
        Assert.Contains("a OK", await AskAsync(older, "create u&Awg-"), StringComparison.Ordinal);
        await using var client = await EnableAsync(server, "IMAP4rev2");
        Assert.Contains("a OK [READ-WRITE]", await AskAsync(client, "select \"u\u0308\""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IMAP4rev2", "\"Ä \\\"B\\\"\"")]
    [InlineData("UTF8=ACCEPT", "\"Ä \\\"B\\\"\"")]
    [InlineData("", "{6}\r\nÄ \"B\"")]
    public async Task Strings_are_quoted_in_UTF8_for_who_asked_for_that_RFC6855_3(string enabled, string subject)
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: Ä \"B\"\n\n");
        await using var client = await EnableAsync(server, enabled);
        await client.RunAsync("s select INBOX");
        Assert.Equal($"* 1 FETCH (ENVELOPE (NIL {subject} NIL NIL NIL NIL NIL NIL NIL NIL))\na OK Fetched", await AskAsync(client, "fetch 1 envelope"));
    }

    [Fact]
    public async Task After_UNAUTHENTICATE_all_is_as_it_was_RFC8437_3()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: Ä\n\n");
        await using var client = await EnableAsync(server, "IMAP4rev2 UIDONLY");
        await client.RunAsync("u unauthenticate");
        await client.RunAsync("l login john@example.com summersun");
        await client.RunAsync("s select INBOX");
        Assert.Equal("* 1 FETCH (UID 1 ENVELOPE (NIL {2}\r\nÄ NIL NIL NIL NIL NIL NIL NIL NIL))\na OK Fetched", await AskAsync(client, "fetch 1 (uid envelope)"));
    }

    [Fact]
    public async Task After_UTF8_ACCEPT_a_SEARCH_names_no_charset_RFC6855_3()
    {
        await using var server = new ImapServer();
        await using var client = await EnableAsync(server, "UTF8=ACCEPT");
        await client.RunAsync("s select INBOX");
        Assert.Equal("a BAD After ENABLE UTF8=ACCEPT a SEARCH names no charset", await AskAsync(client, "search charset utf-8 all"));
        Assert.Equal("* SEARCH\na OK Done", await AskAsync(client, "search subject \"ü\""));
    }

    [Theory]
    [InlineData("UTF8=ACCEPT", "append inbox utf8 (~{6+}\r\na:ä\r\n)", "a OK [APPENDUID", "RFC6855_4")]
    [InlineData("IMAP4rev2", "append inbox (\\Seen) \"17-Feb-2024 01:02:03 +0100\" UTF8 (~{6+}\r\na:ä\r\n)", "a OK [APPENDUID", "Flags and a date before it, RFC6855_4")]
    [InlineData("UTF8=ACCEPT", "append inbox UTF8 (~{6+}\r\na:ä\r\n) {5+}\r\na:1\r\n UTF8 (~{6+}\r\na:ä\r\n)", "a OK [APPENDUID 1000 1:3]", "Among several, RFC3502")]
    [InlineData("UTF8=ACCEPT", "append inbox CATENATE (UTF8 (~{6+}\r\na:ä\r\n) TEXT {2+}\r\n\r\n)", "a OK [APPENDUID", "As a part, RFC6855_4")]
    [InlineData("", "append inbox UTF8 (~{6+}\r\na:ä\r\n)", "a NO [CANNOT] A message in UTF8 needs ENABLE UTF8=ACCEPT", "RFC6855_4")]
    [InlineData("UTF8=ACCEPT", "append inbox UTF8 ({6+}\r\na:ä\r\n)", "a BAD", "It is a literal8, RFC6855_4")]
    [InlineData("UTF8=ACCEPT", "append inbox UTF8 (~{6+}\r\na:ä\r\n", "a BAD", "The bracket is closed, RFC6855_4")]
    [InlineData("UTF8=ACCEPT", "append inbox UTF8 ~{6+}\r\na:ä\r\n", "a BAD", "And opened, RFC6855_4")]
    public async Task APPEND_takes_a_message_in_UTF8(string enabled, string command, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer();
        await using var client = await EnableAsync(server, enabled);
        await client.SendAsync(Encoding.UTF8.GetBytes("a " + command + "\r\nb noop\r\n"));
        Assert.StartsWith(expected, await client.ReadLineAsync(), StringComparison.Ordinal);
        if (!expected.Contains("OK", StringComparison.Ordinal))
        {
            Assert.Empty(server.Inbox.Messages);
            return;
        }

        await client.ReadToTagAsync("b");
        await client.RunAsync("s select INBOX");
        Assert.Contains("}\na:ä\n", (await AskAsync(client, "fetch 1 body.peek[header]")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IMAP4rev2", "(\"name*\" \"€ rates\" \"charset\" \"us-ascii\" \"title\" \"one two\")")]
    [InlineData("UTF8=ACCEPT", "(\"name*0*\" \"utf-8''%e2%82%ac%20\" \"charset\" \"us-ascii\" \"title*0\" \"one \" \"name*1\" \"rates\" \"title*1\" \"two\")")]
    public async Task Parameters_in_pieces_are_put_together_RFC9051_7_5_2(string enabled, string parameters)
    {
        await using var server = new ImapServer();
        server.Deliver("Content-Type: text/plain; name*0*=utf-8''%e2%82%ac%20; charset=us-ascii;\n title*0=\"one \"; name*1=rates; title*1=two\n\nText\n");
        await using var client = await EnableAsync(server, enabled);
        await client.RunAsync("s select INBOX");
        Assert.Equal($"* 1 FETCH (BODY (\"text\" \"plain\" {parameters} NIL NIL \"7bit\" 6 1))\na OK Fetched", await AskAsync(client, "fetch 1 body"));
    }
}
