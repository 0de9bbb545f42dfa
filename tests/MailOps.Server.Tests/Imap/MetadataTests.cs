using MailOps.Maildir;
using MailOps.Maildir.Annotations;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>METADATA (RFC 5464), LIST with it (RFC 9590), and what mailboxes are for (RFC 6154).</summary>
public sealed class MetadataTests
{
    private const string Zeros = "F00000000000000000000000000000000";

    [Fact]
    public async Task What_is_set_is_told_RFC5464_4_2_and_4_3()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal(["a OK Set"], await client.RunAsync("a setmetadata inbox (/private/comment {21+}\r\nacross\r\ntwo \"lines\"\\. /shared/Comment \"for you\")"));
        Assert.Equal(["* METADATA \"INBOX\" (/shared/comment \"for you\" /private/none NIL)", "b OK Told"], await client.RunAsync("b getmetadata INBOX (/SHARED/COMMENT /private/none)"));
        Assert.Equal(["* METADATA \"INBOX\" (/private/comment {21}\r\nacross\r\ntwo \"lines\"\\.)", "c OK Told"], await client.RunAsync("c getmetadata INBOX /private/comment"));
        // Of the server there are others.
        Assert.Equal(["* METADATA \"\" (/private/comment NIL)", "d OK Told"], await client.RunAsync("d getmetadata \"\" /private/comment"));
        Assert.Equal(["e OK Set"], await client.RunAsync("e setmetadata \"\" (/private/comment \"mine\")"));
        Assert.Equal(["* METADATA \"\" (/private/comment \"mine\")", "f OK Told"], await client.RunAsync("f getmetadata \"\" /private/comment"));
        // NIL takes it away.
        Assert.Equal(["g OK Set"], await client.RunAsync("g setmetadata INBOX (/private/comment NIL)"));
        Assert.Equal("* METADATA \"INBOX\" (/private/comment NIL)", (await client.RunAsync("h getmetadata INBOX /private/comment"))[0]);
    }

    [Fact]
    public async Task Octets_that_no_string_has_go_as_literal8_both_ways()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal(["a OK Set"], await client.RunAsync("a setmetadata INBOX (/private/icon ~{4+}\r\na\0\u0001b)"));
        Assert.Equal(["* METADATA \"INBOX\" (/private/icon ~{4}\r\na\0\u0001b)", "b OK Told"], await client.RunAsync("b getmetadata INBOX /private/icon"));
        Assert.StartsWith("c BAD", (await client.RunAsync("c setmetadata INBOX (/private/icon {4+}\r\na\0\u0001b)"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(depth 0) INBOX /private/f", "(/private/f NIL)")]
    [InlineData("(depth 1) INBOX /private/f", "(/private/f/a \"12\" /private/f/b \"1234\")")]
    [InlineData("(depth infinity) INBOX /private/f", "(/private/f/a \"12\" /private/f/a/c \"123456\" /private/f/b \"1234\")")]
    [InlineData("INBOX (depth 1) (/private/f/a)", "(/private/f/a \"12\" /private/f/a/c \"123456\")")]
    [InlineData("INBOX (maxsize 4 depth infinity) /private/f", "(/private/f/a \"12\" /private/f/b \"1234\")", "[METADATA LONGENTRIES 6] ")]
    [InlineData("INBOX (MAXSIZE 3) (/private/f/b /private/f/a /private/f/a)", "(/private/f/a \"12\")", "[METADATA LONGENTRIES 4] ")]
    [InlineData("(maxsize 1) INBOX /private/f/b", "", "[METADATA LONGENTRIES 4] ")]
    [InlineData("(depth 1) INBOX /private/none", "")]
    [InlineData("(depth 1) INBOX /private/f/ab", "")]
    public async Task Options_choose_what_is_told_RFC5464_4_2(string arguments, string expected, string code = "")
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a setmetadata INBOX (/private/f/a \"12\" /private/f/b \"1234\" /private/f/a/c \"123456\" /private/fa \"no\")");
        var replies = await client.RunAsync("b getmetadata " + arguments);
        Assert.StartsWith($"b OK {code}", replies[^1], StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0 ? [] : [$"* METADATA \"INBOX\" {expected}"], replies.SkipLast(1));
    }

    [Theory]
    [InlineData("getmetadata nowhere /private/comment", "NO [NONEXISTENT]")]
    [InlineData("setmetadata nowhere (/private/comment NIL)", "NO [NONEXISTENT]")]
    [InlineData("setmetadata \"\" (/shared/comment \"x\")", "NO [NOPERM]")]
    [InlineData("getmetadata INBOX comment", "BAD")]
    [InlineData("getmetadata INBOX /other/comment", "BAD")]
    [InlineData("getmetadata INBOX /private", "BAD")]
    [InlineData("getmetadata INBOX /private/", "BAD")]
    [InlineData("getmetadata INBOX /private//a", "BAD")]
    [InlineData("getmetadata INBOX \"/private/*\"", "BAD")]
    [InlineData("getmetadata INBOX \"/private/a\tb\"", "BAD")]
    [InlineData("getmetadata INBOX ()", "BAD")]
    [InlineData("getmetadata INBOX", "BAD")]
    [InlineData("getmetadata (depth 2) INBOX /private/a", "BAD")]
    [InlineData("getmetadata (often 1) INBOX /private/a", "BAD")]
    [InlineData("getmetadata INBOX (maxsize) /private/a", "BAD")]
    [InlineData("setmetadata INBOX /private/a NIL", "BAD")]
    [InlineData("setmetadata INBOX (/private/a)", "BAD")]
    [InlineData("setmetadata INBOX (/private/a atom)", "BAD")]
    [InlineData("setmetadata INBOX ()", "BAD")]
    public async Task What_cannot_be_told_or_set_is_refused(string command, string expected)
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a " + expected, (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_long_and_too_many_are_refused_and_nothing_is_changed_RFC5464_4_3()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.SendAsync(FormattableString.Invariant($"a setmetadata INBOX (/private/small \"x\" /private/large {{{AnnotationLimits.LongestValue + 1}+}}\r\n{new string('x', AnnotationLimits.LongestValue + 1)})\r\n"));
        Assert.StartsWith(FormattableString.Invariant($"a NO [METADATA MAXSIZE {AnnotationLimits.LongestValue}]"), (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.Equal("* METADATA \"INBOX\" (/private/small NIL)", (await client.RunAsync("b getmetadata INBOX /private/small"))[0]);
        for (var i = 0; i < AnnotationLimits.MostEntries; i++)
            Assert.Equal("c OK Set", (await client.RunAsync(FormattableString.Invariant($"c setmetadata INBOX (/private/{i} \"x\")")))[^1]);
        Assert.StartsWith("d NO [METADATA TOOMANY]", (await client.RunAsync("d setmetadata INBOX (/private/1 \"y\" /private/more \"x\")"))[^1], StringComparison.Ordinal);
        Assert.Equal("* METADATA \"INBOX\" (/private/1 \"x\")", (await client.RunAsync("e getmetadata INBOX /private/1"))[0]);
        Assert.Equal("f OK Set", (await client.RunAsync("f setmetadata INBOX (/private/1 NIL /private/more \"x\")"))[^1]);
    }

    [Fact]
    public async Task LIST_tells_entries_of_each_mailbox_RFC9590_3()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a create a/b");
        await client.RunAsync("a setmetadata a/b (/shared/colour \"red\")");
        Assert.Equal(
            [
                "* LIST (\\HasNoChildren) \"/\" \"INBOX\"", "* METADATA \"INBOX\" (/shared/colour NIL /private/x NIL)",
                "* LIST (\\NonExistent \\HasChildren) \"/\" \"a\"",
                "* LIST (\\HasNoChildren) \"/\" \"a/b\"", "* METADATA \"a/b\" (/shared/colour \"red\" /private/x NIL)",
                "b OK Listed",
            ],
            await client.RunAsync("b list \"\" * return (metadata (/shared/colour /private/x))"));
        Assert.StartsWith("c BAD", (await client.RunAsync("c list \"\" * return (metadata /shared/colour)"))[^1], StringComparison.Ordinal);
    }

    private static async Task<string> UsesAsync(ImapTestClient client, string command = "list (special-use) \"\" *") =>
        string.Join(", ", (await client.RunAsync("u " + command)).SkipLast(1).Select(line => line.Replace("* LIST (", "", StringComparison.Ordinal).Replace(" \\HasNoChildren) \"/\"", "", StringComparison.Ordinal)));

    [Fact]
    public async Task The_usual_names_are_for_the_usual_things_unless_a_client_says_otherwise_RFC6154()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        foreach (var name in new[] { "Drafts", "Sent", "Sent Items", "Trash", "Work" })
            await client.RunAsync($"a create \"{name}\"");
        Assert.Equal("\\Drafts \"Drafts\", \\Sent \"Sent\", \\Trash \"Trash\"", await UsesAsync(client));
        Assert.Equal("* LIST (\\Drafts \\HasNoChildren) \"/\" \"Drafts\"", (await client.RunAsync("b list \"\" Drafts"))[0]);
        Assert.Equal("* METADATA \"Drafts\" (/private/specialuse \"\\\\Drafts\")", (await client.RunAsync("c getmetadata Drafts /private/specialuse"))[0]);
        // Another is for drafts now, and that one is not.
        await client.RunAsync("d setmetadata Work (/private/specialuse \"\\\\drafts\")");
        Assert.Equal("\\Sent \"Sent\", \\Trash \"Trash\", \\Drafts \"Work\"", await UsesAsync(client));
        // A use that is taken away does not come back by the name.
        await client.RunAsync("e setmetadata Trash (/private/specialuse NIL)");
        Assert.Equal("\\Sent \"Sent\", \\Drafts \"Work\"", await UsesAsync(client, "list (special-use) \"\" % return (special-use)"));
        Assert.Equal("* METADATA \"Trash\" (/private/specialuse NIL)", (await client.RunAsync("f getmetadata Trash /private/specialuse"))[0]);
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Trash\"", (await client.RunAsync("g list \"\" Trash"))[0]);
    }

    [Fact]
    public async Task A_mailbox_is_made_for_something_RFC6154_3()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal([$"a OK [MAILBOXID ({Zeros})] Created"], await client.RunAsync("a create MySpecial (use (\\Drafts \\Sent))"));
        Assert.Equal("\\Drafts \\Sent \"MySpecial\"", await UsesAsync(client));
        Assert.Equal([$"b OK [MAILBOXID ({Zeros})] Created"], await client.RunAsync("b create Other (USE (\\sent))"));
        Assert.Equal("\\Drafts \"MySpecial\", \\Sent \"Other\"", await UsesAsync(client));
        Assert.Equal([$"c OK [MAILBOXID ({Zeros})] Created"], await client.RunAsync("c create Plain (use ())"));
        Assert.StartsWith("d NO [USEATTR]", (await client.RunAsync("d create Everything (use (\\All))"))[^1], StringComparison.Ordinal);
        Assert.Equal(["e OK Listed"], await client.RunAsync("e list \"\" Everything"));
        Assert.StartsWith("f NO [USEATTR]", (await client.RunAsync("f setmetadata Plain (/private/specialuse \"\\\\Flagged\")"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("g NO [USEATTR]", (await client.RunAsync("g setmetadata INBOX (/private/specialuse \"\\\\Junk\")"))[^1], StringComparison.Ordinal);
        foreach (var bad in new[] { "create x (use)", "create x (use \\Sent)", "create x (use (Sent))", "create x use (\\Sent)", "create x (use (\\Sent)", "create x ()" })
            Assert.StartsWith("h BAD", (await client.RunAsync("h " + bad))[^1], StringComparison.Ordinal);
        Assert.Equal(["i OK Listed"], await client.RunAsync("i list \"\" x"));
    }

    [Fact]
    public async Task A_mailbox_whose_use_cannot_be_kept_is_not_made_RFC6154_3()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        server.Store.Before = operation =>
        {
            if (operation == "Annotate")
                throw new MailStoreException(StoreFault.Full, "The disk is full.");
        };
        Assert.StartsWith("a NO", (await client.RunAsync("a create Box (use (\\Sent))"))[^1], StringComparison.Ordinal);
        Assert.Equal(["b OK Listed"], await client.RunAsync("b list \"\" Box"));
    }

    [Fact]
    public async Task Names_above_what_is_for_something_are_told_as_such_RFC5258_3_5()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a create Old/Sent (use (\\Sent))");
        await client.RunAsync("b subscribe Old/Sent");
        Assert.Equal("* LIST (\\NonExistent \\HasChildren) \"/\" \"Old\" (\"CHILDINFO\" (\"SPECIAL-USE\"))", (await client.RunAsync("c list (special-use recursivematch) \"\" %"))[0]);
        Assert.Equal("* LIST (\\NonExistent \\HasChildren) \"/\" \"Old\" (\"CHILDINFO\" (\"SUBSCRIBED\" \"SPECIAL-USE\"))", (await client.RunAsync("d list (special-use recursivematch subscribed) \"\" %"))[0]);
        Assert.Equal(["* LIST (\\Subscribed \\Sent \\HasNoChildren) \"/\" \"Old/Sent\"", "e OK Listed"], await client.RunAsync("e list (special-use subscribed) \"\" *"));
    }
}
