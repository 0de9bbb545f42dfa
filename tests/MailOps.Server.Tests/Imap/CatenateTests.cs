using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Messages that are made of parts which lie here already (CATENATE, RFC 4469; URLs by RFC 5092).</summary>
public sealed class CatenateTests
{
    private const string Source = "Subject: s\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\nX-Part: 2\n\ntwo\n--x--\n";

    private static async Task<ImapServer> ServerAsync()
    {
        var server = new ImapServer();
        server.Deliver(Source);
        await using var client = await server.LogInAsync();
        foreach (var name in new[] { "Drafts", "Work/Plans", "Entw&APw-rfe" })
            await client.RunAsync($"a create {name}");
        await client.SendAsync("b append Work/Plans {9+}\r\nSubject:p\r\nc append Entw&APw-rfe {9+}\r\nSubject:e\r\n");
        Assert.StartsWith("c OK", (await client.ReadToTagAsync("c"))[^1], StringComparison.Ordinal);
        return server;
    }

    [Theory]
    [InlineData(999, "a NO [BADURL x]")]
    [InlineData(1000, "a BAD")]
    public async Task What_stands_before_a_literal_is_short(int urls, string expected)
    {
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        await client.SendAsync("a append INBOX catenate (" + string.Join(' ', Enumerable.Repeat("url {1+}\r\nx", urls)) + " text {8+}\r\nb noop\r\n)\r\n");
        Assert.StartsWith(expected, Assert.Single(await client.ReadToTagAsync("a")), StringComparison.Ordinal);
        Assert.Equal(["c OK Nothing done"], await client.RunAsync("c noop"));
    }

    [Theory]
    [InlineData("(text {9+}\r\nSubject:a url /INBOX/;UID=1/;SECTION=1 TEXT {3+}\r\nend)", "Subject:aoneend", "Texts and URLs in their order, RFC4469_3")]
    [InlineData("(url \"/INBOX/;uid=1/;section=2.MIME\" url \"/INBOX/;UID=1/;Section=2\")", "X-Part: 2\r\n\r\ntwo", "URLs alone, RFC4469_5")]
    [InlineData("(url /INBOX;UIDVALIDITY=1000/;UID=1/;SECTION=HEADER)", "Subject: s\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", "UIDVALIDITY and a header, RFC5092_5")]
    [InlineData("(url \"/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(Subject)\")", "Subject: s\r\n\r\n", "An encoded section, RFC5092_11")]
    [InlineData("(url /INBOX/;UID=1/;PARTIAL=9.10)", "s\r\nContent", "A part of a message, RFC5092_11")]
    [InlineData("(url /INBOX/;UID=1/;SECTION=1/;PARTIAL=1)", "ne", "From an octet to the end, RFC5092_11")]
    [InlineData("(url {25+}\r\n/INBOX/;UID=1/;SECTION=2 )", null, "A URL as a literal has no space, RFC5092_11")]
    [InlineData("(url {24+}\r\n/INBOX/;UID=1/;SECTION=2)", "two", "A URL as a literal, RFC4469_5 astring")]
    [InlineData("(url /Work/Plans/;UID=1)", "Subject:p", "A mailbox below another, RFC5092_5")]
    [InlineData("(url \"/Entw%C3%BCrfe/;UID=1\")", "Subject:e", "A name in UTF-8, RFC5092_8")]
    [InlineData("(url /inbox/;UID=1/;SECTION=1)", "one", "INBOX in any case, RFC3501_5_1")]
    [InlineData("(url \"imap://john%40example.com@localhost/INBOX/;UID=1/;SECTION=1\")", "one", "An absolute URL of this account, RFC5092_11")]
    [InlineData("(url \"imap://john%40example.com;AUTH=*@LOCALHOST:143/INBOX/;UID=1/;SECTION=1\")", "one", "With AUTH and a port, RFC5092_11")]
    [InlineData("(url \"//john%40example.com@localhost/INBOX/;UID=1/;SECTION=1\")", "one", "A network path, RFC5092_11")]
    [InlineData("(url INBOX/;UID=1/;SECTION=1)", "one", "A relative path, RFC5092_11")]
    [InlineData("(text {0+}\r\n text {3+}\r\nabc)", "abc", "A text may be empty")]
    [InlineData("(url /INBOX/;UID=1) {3+}\r\nabc", null, "Several messages, of both kinds, RFC3502")]
    public async Task Parts_become_a_message(string parts, string? expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        Assert.Contains("CATENATE", (await client.RunAsync("c capability"))[0].Split(' '));
        await client.SendAsync($"a append Drafts (\\Draft) catenate {parts}\r\nb select Drafts\r\n");
        var answer = (await client.ReadToTagAsync("a"))[^1];
        await client.ReadToTagAsync("b");
        if (expected is not null)
        {
            Assert.StartsWith("a OK [APPENDUID 1000 1]", answer, StringComparison.Ordinal);
            Assert.Equal($"* 1 FETCH (FLAGS (\\Draft) BODY[] {{{expected.Length}}}\r\n{expected})", (await client.RunAsync("d fetch 1 (flags body.peek[])"))[0]);
        }
        else
        {
            Assert.Matches("^a (OK .APPENDUID 1000 1:2|NO .BADURL)", answer);
        }

        Assert.All(server.Inbox.Messages, message => Assert.Equal(MailOps.Maildir.SystemFlags.None, message.Flags.System));
    }

    [Theory]
    [InlineData("/INBOX/;UID=99", "A UID that is not there, RFC4469_4_1")]
    [InlineData("/Nowhere/;UID=1", "A mailbox that is not there, RFC4469_4_1")]
    [InlineData("/INBOX;UIDVALIDITY=999/;UID=1", "Another UIDVALIDITY, RFC5092_5")]
    [InlineData("/INBOX/;UID=1/;SECTION=3", "A part that is not there, RFC4469_4_1")]
    [InlineData("/INBOX/;UID=1/;SECTION=TEXT.1", "No section, RFC3501_9")]
    [InlineData("/INBOX/;UID=0", "No nz-number, RFC5092_11")]
    [InlineData("/INBOX/;UID=1/;PARTIAL=0.0", "No nz-number, RFC5092_11")]
    [InlineData("/INBOX/;UID=1/;PARTIAL=0.1/;SECTION=1", "The order of the parts, RFC5092_11")]
    [InlineData("/INBOX/;UID=1;URLAUTH=anonymous", "URLAUTH is another extension, RFC5092_11")]
    [InlineData("/INBOX", "A mailbox is no message, RFC4469_3")]
    [InlineData("imap://jane%40example.com@localhost/INBOX/;UID=1", "Another account, RFC4469_3")]
    [InlineData("imap://john%40example.com@elsewhere/INBOX/;UID=1", "Another server, RFC4469_3")]
    [InlineData("imap://localhost/INBOX/;UID=1", "An anonymous login, RFC5092_3_1")]
    [InlineData("http://localhost/INBOX/;UID=1", "Another scheme, RFC4469_4_1")]
    [InlineData("/IN%ZZBOX/;UID=1", "No encoding, RFC3986_2_1")]
    [InlineData(";UID=1", "Relative to no mailbox, RFC4469_3")]
    public async Task What_is_no_part_of_this_account_is_BADURL_and_nothing_is_appended(string url, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = await ServerAsync();
        await using var client = await server.LogInAsync();
        await client.SendAsync($"a append Drafts {{3+}}\r\nabc catenate (url /INBOX/;UID=1 url \"{url}\" text {{6+}}\r\nb noop url /x)\r\nc status Drafts (messages)\r\n");
        Assert.StartsWith($"a NO [BADURL {url}] ", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.Equal("* STATUS \"Drafts\" (MESSAGES 0)", (await client.ReadToTagAsync("c"))[0]);
    }

    [Theory]
    [InlineData("catenate (text {3}\r\n", "+ OK", "A text is asked for, RFC4469_A")]
    [InlineData("catenate (url /INBOX/;UID=9 text {3}\r\n", "a NO [BADURL /INBOX/;UID=9]", "What is refused is not asked for, RFC4469_A")]
    [InlineData("catenate (text {30000}\r\n", "a NO [TOOBIG]", "A text that is too large, RFC4469_4_2")]
    [InlineData("catenate (text {100+}\r\n*100* url /INBOX/;UID=1 text {90}\r\n", "a NO [TOOBIG]", "All parts together, RFC4469_4_2")]
    [InlineData("catenate (text {100+}\r\n*100* url /INBOX/;UID=1 url /INBOX/;UID=1)\r\n", "a NO [TOOBIG]", "A URL that is too much, RFC4469_4_2")]
    [InlineData("catenate (text {0+}\r\n)\r\n", "a NO [CANNOT]", "A message without octets, RFC3502_6_3_11")]
    [InlineData("catenate ()\r\n", "a BAD", "One part at least, RFC4469_5")]
    [InlineData("catenate (url /INBOX/;UID=1\r\n", "a BAD", "The list ends, RFC4469_5")]
    [InlineData("catenate (text {3+}\r\nabc\r\n", "a BAD", "It ends also behind a text, RFC4469_5")]
    [InlineData("catenate (text \"abc\")\r\n", "a BAD", "A text is a literal, RFC4469_5")]
    [InlineData("catenate (url /INBOX/;UID=1)x\r\n", "a BAD", "Nothing stands behind, RFC4469_5")]
    [InlineData("catenate (text ~{3+}\r\nabc)\r\n", "a BAD", "A text is no literal8, RFC4469_5")]
    public async Task Parts_are_read_to_the_letter(string sent, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer(options: new() { MaxMessageSize = 280 });
        server.Deliver(Source);
        await using var client = await server.LogInAsync();
        await client.SendAsync("a append INBOX " + sent.Replace("*100*", new string('x', 100), StringComparison.Ordinal));
        Assert.StartsWith(expected, await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Single(server.Inbox.Messages);
    }

    [Theory]
    [InlineData(";UID=1/;SECTION=1", "one")]
    [InlineData("Work/Plans/;UID=1", "Subject:p")]
    public async Task A_URL_is_relative_to_the_selected_mailbox_RFC4469_3(string url, string expected)
    {
        await using var server = await ServerAsync();
        await using var client = await server.SelectAsync();
        await client.SendAsync($"a append Drafts catenate (url {url})\r\n");
        Assert.StartsWith("a OK", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.RunAsync("b select Drafts"))[^1], StringComparison.Ordinal);
        Assert.Equal($"* 1 FETCH (BODY[] {{{expected.Length}}}\r\n{expected})", (await client.RunAsync("c fetch 1 body.peek[]"))[0]);
    }
}
