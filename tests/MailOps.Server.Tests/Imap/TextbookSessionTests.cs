using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>The session that books show, on real sockets, as its client types it.</summary>
public sealed class TextbookSessionTests
{
    private const string Message = """
        Date: Mon, 7 Feb 1994 21:52:25 -0800
        From: Fred Foobar <foobar@Blurdybloop.COM>
        Subject: afternoon meeting
        To: mooch@owatagu.siam.edu
        Message-Id: <B27397-0100000@Blurdybloop.COM>

        Hello Joe, do you think we can meet at 3:30 tomorrow?

        """;

    [Fact]
    public async Task The_textbook_session_works_line_by_line()
    {
        await using var server = new ImapServer();
        server.Deliver(Message);
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("* OK [CAPABILITY IMAP4rev1", client.Greeting, StringComparison.Ordinal);

        var login = await client.RunAsync("1 login john@example.com summersun");
        Assert.StartsWith("1 OK [CAPABILITY ", login[^1], StringComparison.Ordinal);

        var list = await client.RunAsync("2 list \"\" \"*\"");
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"INBOX\"", list[0]);
        Assert.StartsWith("2 OK", list[^1], StringComparison.Ordinal);

        var select = await client.RunAsync("3 select \"INBOX\"");
        Assert.Contains(select, l => l == "* 1 EXISTS");
        Assert.Contains(select, l => l == "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)");
        Assert.Contains(select, l => l.StartsWith("* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]", StringComparison.Ordinal));
        Assert.Contains(select, l => l.StartsWith("* OK [UNSEEN 1]", StringComparison.Ordinal));
        Assert.Contains(select, l => l.StartsWith("* OK [UIDVALIDITY 1000]", StringComparison.Ordinal));
        Assert.Contains(select, l => l.StartsWith("* OK [UIDNEXT 2]", StringComparison.Ordinal));
        Assert.StartsWith("3 OK [READ-WRITE]", select[^1], StringComparison.Ordinal);

        var all = await client.RunAsync("4 fetch 1 all");
        Assert.Equal(
            "* 1 FETCH (FLAGS () RFC822.SIZE 241 INTERNALDATE \" 3-Feb-2024 04:05:06 +0100\" ENVELOPE (\"Mon, 7 Feb 1994 21:52:25 -0800\" \"afternoon meeting\" ((\"Fred Foobar\" NIL \"foobar\" \"Blurdybloop.COM\")) ((\"Fred Foobar\" NIL \"foobar\" \"Blurdybloop.COM\")) ((\"Fred Foobar\" NIL \"foobar\" \"Blurdybloop.COM\")) ((NIL NIL \"mooch\" \"owatagu.siam.edu\")) NIL NIL NIL \"<B27397-0100000@Blurdybloop.COM>\"))",
            all[0]);

        var body = await client.RunAsync("5 fetch 1 body[]");
        Assert.Equal("* 1 FETCH (FLAGS (\\Seen) BODY[] {241}\r\n" + Message.ReplaceLineEndings("\r\n") + ")", body[0]);
        Assert.StartsWith("5 OK", body[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_in_the_clear_is_refused_on_a_plain_port_with_PRIVACYREQUIRED()
    {
        await using var server = new ImapServer(allowPlaintext: false);
        await using var client = await server.ConnectAsync();
        Assert.Contains(" LOGINDISABLED", client.Greeting, StringComparison.Ordinal);
        Assert.Contains(" STARTTLS", client.Greeting, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH=PLAIN", client.Greeting, StringComparison.Ordinal);

        var login = await client.RunAsync("1 login john@example.com summersun");

        Assert.StartsWith("1 NO [PRIVACYREQUIRED]", login[^1], StringComparison.Ordinal);
        Assert.StartsWith("2 NO [PRIVACYREQUIRED]", (await client.RunAsync("2 authenticate plain AGEAYg=="))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task STARTTLS_then_login_works_and_the_capabilities_change()
    {
        await using var server = new ImapServer(allowPlaintext: false);
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("1 OK", (await client.RunAsync("1 starttls"))[^1], StringComparison.Ordinal);
        await client.SecureAsync();

        var capability = await client.RunAsync("2 capability");

        Assert.DoesNotContain("STARTTLS", capability[0], StringComparison.Ordinal);
        Assert.DoesNotContain("LOGINDISABLED", capability[0], StringComparison.Ordinal);
        Assert.Contains("AUTH=PLAIN", capability[0], StringComparison.Ordinal);
        Assert.StartsWith("3 OK", (await client.RunAsync("3 login john@example.com summersun"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("4 BAD", (await client.RunAsync("4 starttls"))[^1], StringComparison.Ordinal);
    }
}
