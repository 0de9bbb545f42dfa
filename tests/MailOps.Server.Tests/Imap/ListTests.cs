using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>LIST-EXTENDED (RFC 5258) on the mailboxes of its examples, and LIST with STATUS (RFC 5819).</summary>
public sealed class ListTests
{
    private static async Task<ImapTestClient> ClientAsync(ImapServer server)
    {
        var client = await server.LogInAsync();
        foreach (var name in new[] { "Fruit", "Fruit/Apple", "Fruit/Banana", "Tofu", "Vegetable", "Vegetable/Broccoli", "Vegetable/Corn", "Deep/Below/Bottom" })
            await client.RunAsync($"c create {name}");
        foreach (var name in new[] { "INBOX", "Fruit/Banana", "Fruit/Peach", "Vegetable", "Vegetable/Broccoli", "Gone/Far/Away" })
            await client.RunAsync($"c subscribe {name}");
        return client;
    }

    private static async Task<string> ListAsync(string arguments)
    {
        await using var server = new ImapServer();
        await using var client = await ClientAsync(server);
        var replies = await client.RunAsync("a list " + arguments);
        Assert.Equal("a OK Listed", replies[^1]);
        // The separator is the same everywhere.
        return string.Join('\n', replies.SkipLast(1).Select(line => line.Replace("* LIST ", "", StringComparison.Ordinal).Replace(" \"/\" ", " ", StringComparison.Ordinal).Replace("\\HasNoChildren", "-", StringComparison.Ordinal).Replace("\\HasChildren", "+", StringComparison.Ordinal)));
    }

    [Theory]
    // Section 5, example 2: subscribed names, those that do not exist among them.
    [InlineData("(SUBSCRIBED) \"\" *", "(\\Subscribed -) \"INBOX\"\n(\\Subscribed -) \"Fruit/Banana\"\n(\\NonExistent \\Subscribed -) \"Fruit/Peach\"\n(\\NonExistent \\Subscribed -) \"Gone/Far/Away\"\n(\\Subscribed +) \"Vegetable\"\n(\\Subscribed -) \"Vegetable/Broccoli\"")]
    // Example 3.
    [InlineData("() \"\" % RETURN (CHILDREN)", "(-) \"INBOX\"\n(\\NonExistent +) \"Deep\"\n(+) \"Fruit\"\n(-) \"Tofu\"\n(+) \"Vegetable\"")]
    // Example 6: what is subscribed is told of, and names that do not exist are not.
    [InlineData("(REMOTE) \"\" Fruit/* RETURN (SUBSCRIBED)", "(-) \"Fruit/Apple\"\n(\\Subscribed -) \"Fruit/Banana\"")]
    // Examples 7 and 8: several patterns, each name once.
    [InlineData("\"\" (Tofu Fr* Fruit)", "(+) \"Fruit\"\n(-) \"Fruit/Apple\"\n(-) \"Fruit/Banana\"\n(-) \"Tofu\"")]
    [InlineData("\"\" (INBOX \"Tofu\") RETURN ()", "(-) \"INBOX\"\n(-) \"Tofu\"")]
    [InlineData("\"\" (inbox)", "(-) \"INBOX\"")]
    // Section 3: an extended LIST asks nothing by an empty pattern.
    [InlineData("() \"\" \"\"", "")]
    [InlineData("\"\" (\"\" Tofu)", "(-) \"Tofu\"")]
    [InlineData("\"\" \"\" RETURN (CHILDREN)", "")]
    // Example 9: a name stands for what is chosen below it and fits no pattern.
    [InlineData("(SUBSCRIBED RECURSIVEMATCH) \"\" %", "(\\Subscribed -) \"INBOX\"\n(+) \"Fruit\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\n(\\NonExistent -) \"Gone\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\n(\\Subscribed +) \"Vegetable\" (\"CHILDINFO\" (\"SUBSCRIBED\"))")]
    // Section 3.5: it is not told where what is below is listed itself; of what is chosen it always is.
    [InlineData("(RECURSIVEMATCH SUBSCRIBED) \"\" (Fruit* Vegetable*)", "(\\Subscribed -) \"Fruit/Banana\"\n(\\NonExistent \\Subscribed -) \"Fruit/Peach\"\n(\\Subscribed +) \"Vegetable\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\n(\\Subscribed -) \"Vegetable/Broccoli\"")]
    [InlineData("(SUBSCRIBED SUBSCRIBED) Fruit/ %", "(\\Subscribed -) \"Fruit/Banana\"\n(\\NonExistent \\Subscribed -) \"Fruit/Peach\"")]
    // RFC 3501 as it was.
    [InlineData("\"\" %", "(-) \"INBOX\"\n(\\Noselect +) \"Deep\"\n(+) \"Fruit\"\n(-) \"Tofu\"\n(+) \"Vegetable\"")]
    [InlineData("\"\" \"\"", "(\\Noselect) \"\"")]
    public async Task Names_are_chosen_and_told_RFC5258(string arguments, string expected) => Assert.Equal(expected, await ListAsync(arguments));

    [Theory]
    [InlineData("(RECURSIVEMATCH) \"\" *")]
    [InlineData("(REMOTE RECURSIVEMATCH) \"\" *")]
    [InlineData("(OFTEN) \"\" *")]
    [InlineData("(SUBSCRIBED \"\" *")]
    [InlineData("(SUBSCRIBED)\"\" *")]
    [InlineData("\"\" ()")]
    [InlineData("\"\" (a b")]
    [InlineData("\"\" * RETURN")]
    [InlineData("\"\" * RETURN CHILDREN")]
    [InlineData("\"\" * RETURN (OFTEN)")]
    [InlineData("\"\" * RETURN (CHILDREN")]
    [InlineData("\"\" * RETURN (STATUS)")]
    [InlineData("\"\" * RETURN (STATUS ())")]
    [InlineData("\"\" * RETURN (STATUS (OFTEN))")]
    [InlineData("\"\" * CHILDREN")]
    [InlineData("\"\" * ")]
    public async Task What_no_LIST_is_is_BAD_RFC5258_3(string arguments)
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a list " + arguments))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_many_patterns_at_the_most()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a OK", (await client.RunAsync($"a list \"\" ({string.Join(' ', Enumerable.Repeat("x", 100))})"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b BAD", (await client.RunAsync($"b list \"\" ({string.Join(' ', Enumerable.Repeat("x", 101))})"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task STATUS_follows_each_mailbox_that_can_be_selected_RFC5819_2()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nb\n", MailOps.Maildir.SystemFlags.Deleted);
        server.Deliver("Subject: c\n\nd\n", MailOps.Maildir.SystemFlags.Seen);
        await using var client = await server.LogInAsync();
        await client.RunAsync("c create Deep/Box");
        await client.RunAsync("c subscribe Gone");
        Assert.Equal(
            [
                "* LIST (\\HasNoChildren) \"/\" \"INBOX\"", "* STATUS \"INBOX\" (MESSAGES 2 UNSEEN 1 DELETED 1)",
                "* LIST (\\NonExistent \\HasChildren) \"/\" \"Deep\"",
                "* LIST (\\HasNoChildren) \"/\" \"Deep/Box\"", "* STATUS \"Deep/Box\" (MESSAGES 0 UNSEEN 0 DELETED 0)",
                "a OK Listed",
            ],
            await client.RunAsync("a list \"\" * return (status (messages unseen deleted))"));
        Assert.Equal(["* LIST (\\NonExistent \\Subscribed \\HasNoChildren) \"/\" \"Gone\"", "b OK Listed"], await client.RunAsync("b list (subscribed) \"\" * return (status (messages) children)"));
    }

    [Fact]
    public async Task Mailboxes_wait_for_the_disk_together_and_are_told_in_their_order()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        foreach (var name in new[] { "One", "Two", "Three" })
            await client.RunAsync($"c create {name}");
        var wasAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Store.BeforeStatus = async mailbox =>
        {
            if (mailbox == "Two")
                wasAsked.SetResult();
            await wasAsked.Task;
        };
        var told = await client.RunAsync("a list \"\" * return (status (messages))");
        Assert.Equal(
            ["* STATUS \"INBOX\" (MESSAGES 0)", "* STATUS \"One\" (MESSAGES 0)", "* STATUS \"Three\" (MESSAGES 0)", "* STATUS \"Two\" (MESSAGES 0)"],
            told.Where(line => line.StartsWith("* STATUS", StringComparison.Ordinal)));
    }
}
