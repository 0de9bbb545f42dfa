using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>What a user sees of others' mailboxes and of public ones: NAMESPACE (RFC 2342), LIST, LSUB, and MYRIGHTS with LIST (RFC 8440).</summary>
public sealed class SharedListTests
{
    private const string Shared = AclServer.Shared;

    [Fact]
    public async Task NAMESPACE_names_ones_own_mailboxes_others_and_public_ones_RFC2342_5()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        Assert.Equal("* NAMESPACE ((\"\" \"/\")) ((\"user/\" \"/\")) ((\"Public/\" \"/\"))", (await server.OkAsync(john, "namespace"))[0]);
    }

    [Fact]
    public async Task LIST_tells_of_the_mailboxes_on_which_there_is_l_RFC4314_4()
    {
        await using var server = await AclServer.WithSharedAsync("l");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        foreach (var (name, rights) in new[] { ("Secret", ""), ("Read", "r"), ("Read/Deep/Seen", "l"), ("Other", "rswipkxtea") })
        {
            await server.OkAsync(john, $"create {name}");
            await server.OkAsync(john, $"setacl {name} jane \"{rights}\"");
        }

        const string owner = "user/john@example.com";
        Assert.Equal($"INBOX [user] [{owner}] [{owner}/Read] [{owner}/Read/Deep] {owner}/Read/Deep/Seen {Shared}", await server.ListAsync(jane));
        Assert.Equal($"INBOX [user]", await server.ListAsync(jane, "list \"\" %"));
        Assert.Equal($"[{owner}]", await server.ListAsync(jane, "list user/ %"));
        Assert.Equal($"[{owner}/Read] {Shared}", await server.ListAsync(jane, $"list {owner}/ %"));
        Assert.Equal(Shared, await server.ListAsync(jane, "list \"\" *Shared"));
        Assert.Equal("", await server.ListAsync(jane, "list \"\" *Secret*"));
        Assert.Equal("INBOX Other Read [Read/Deep] Read/Deep/Seen Secret Shared", await server.ListAsync(john));
        await using var mary = await server.LogInAsync("mary");
        Assert.Equal("INBOX", await server.ListAsync(mary));
        await server.OkAsync(john, "setacl Secret anyone l");
        Assert.Equal($"INBOX [user] [{owner}] {owner}/Secret", await server.ListAsync(mary));
        // His own line counts before everybody's.
        Assert.DoesNotContain("Secret", await server.ListAsync(jane), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_INBOX_of_another_can_be_shared()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "append INBOX {12+}\r\nSubject: s\r\n");
        await server.OkAsync(john, "setacl INBOX jane lr");
        Assert.Equal("INBOX [user] [user/john@example.com] user/john@example.com/INBOX", await server.ListAsync(jane));
        Assert.Contains("* 1 EXISTS", await server.OkAsync(jane, "select user/john@example.com/INBOX"));
        Assert.Contains("* 1 EXISTS", await server.OkAsync(jane, "select user/john@example.com/inbox"));
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, "delete user/john@example.com/INBOX"), StringComparison.Ordinal);
        await server.OkAsync(john, "setacl INBOX jane lrxk");
        Assert.StartsWith("NO [CANNOT]", await server.EndAsync(jane, "delete user/john@example.com/INBOX"), StringComparison.Ordinal);
        Assert.StartsWith("NO [CANNOT]", await server.EndAsync(jane, "rename user/john@example.com/INBOX user/john@example.com/INBOX/Old"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LIST_EXTENDED_and_STATUS_tell_of_shared_mailboxes_RFC5258_and_RFC5819()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "create Listed");
        await server.OkAsync(john, "setacl Listed jane l");
        await server.OkAsync(jane, $"subscribe {Shared}");
        Assert.Equal($"* LIST (\\Subscribed \\HasNoChildren) \"/\" \"{Shared}\"", (await server.OkAsync(jane, "list (subscribed) \"\" *"))[0]);
        Assert.Equal(
            [
                "* LIST (\\NonExistent \\HasChildren) \"/\" \"user/john@example.com\"",
                "* LIST (\\HasNoChildren) \"/\" \"user/john@example.com/Listed\"",
                $"* LIST (\\HasNoChildren) \"/\" \"{Shared}\"",
                $"* STATUS \"{Shared}\" (MESSAGES 1)",
            ],
            (await server.OkAsync(jane, "list \"\" user/* return (children status (messages))"))[..^1]);
        Assert.Equal($"* LIST (\\NonExistent \\HasChildren) \"/\" \"user\" (\"CHILDINFO\" (\"SUBSCRIBED\"))", (await server.OkAsync(jane, "list (subscribed recursivematch) \"\" %"))[0]);

        // What may be listed and not read says nothing of its own; and no fault is noted.
        Assert.StartsWith("OK ", await server.EndAsync(jane, "list \"\" * return (metadata (/shared/comment) status (messages unseen))"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscribed_mailbox_without_l_is_as_one_that_does_not_exist_RFC4314_4_and_RFC5258_3_4()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, $"subscribe {Shared}");
        Assert.Equal(Shared, await server.ListAsync(jane, "lsub \"\" *"));
        await server.OkAsync(john, "setacl Shared jane r");
        Assert.Equal("", await server.ListAsync(jane, "lsub \"\" *"));
        Assert.Equal("", await server.ListAsync(jane, "lsub \"\" %"));
        Assert.Equal($"[{Shared}]", await server.ListAsync(jane, "list (subscribed) \"\" *"));
        await server.HoldsSecretAsync(jane, "subscribe {0}", Shared);
        await server.OkAsync(john, "setacl Shared jane lr");
        Assert.Equal(Shared, await server.ListAsync(jane, "lsub \"\" *"));
        await server.OkAsync(john, "setacl Shared jane \"\"");
        await server.OkAsync(jane, $"unsubscribe {Shared}");
        await server.OkAsync(john, "setacl Shared jane lr");
        Assert.Equal("", await server.ListAsync(jane, "lsub \"\" *"));
    }

    [Fact]
    public async Task MYRIGHTS_comes_behind_each_mailbox_that_is_chosen_RFC8440_3()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, $"subscribe {Shared}");
        await server.OkAsync(jane, "subscribe Gone");
        Assert.Equal(
            [
                "* LIST (\\HasNoChildren) \"/\" \"INBOX\"",
                "* MYRIGHTS \"INBOX\" lrswipkxteacd",
                "* LIST (\\NonExistent \\HasChildren) \"/\" \"user\"",
                "* LIST (\\NonExistent \\HasChildren) \"/\" \"user/john@example.com\"",
                $"* LIST (\\HasNoChildren) \"/\" \"{Shared}\"",
                $"* MYRIGHTS \"{Shared}\" lr",
            ],
            (await server.OkAsync(jane, "list \"\" * return (myrights)"))[..^1]);
        Assert.Equal(
            ["* LIST (\\NonExistent \\Subscribed \\HasNoChildren) \"/\" \"Gone\"", "* LIST (\\NonExistent \\HasChildren) \"/\" \"user\" (\"CHILDINFO\" (\"SUBSCRIBED\"))"],
            (await server.OkAsync(jane, "list (subscribed recursivematch) \"\" % return (myrights)"))[..^1]);
    }

    [Fact]
    public async Task A_parent_that_is_not_chosen_has_no_MYRIGHTS_RFC8440_4()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "create Shared/Below");
        await server.OkAsync(john, "subscribe Shared/Below");
        Assert.Equal(
            ["* LIST (\\HasChildren) \"/\" \"Shared\" (\"CHILDINFO\" (\"SUBSCRIBED\"))"],
            (await server.OkAsync(john, "list (subscribed recursivematch) \"\" % return (myrights)"))[..^1]);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("Public")]
    [InlineData("user/x")]
    [InlineData("Public/a/b")]
    public async Task Who_has_mailboxes_of_such_a_name_keeps_them_and_has_not_that_namespace(string name)
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        // From a time before, or by another program.
        var directory = Path.Join(server.Root, "mail", "example.com", "jane", "." + name.Replace('/', '.'));
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Join(directory, part));
        await File.WriteAllTextAsync(Path.Join(directory, "new", "1.a"), "Subject: kept\n\n");
        Assert.Contains("* 1 EXISTS", await server.OkAsync(jane, $"select {name}"));
        Assert.Contains(name, (await server.ListAsync(jane)).Split(' '));
        var others = name.StartsWith("user", StringComparison.Ordinal);
        Assert.Equal(!others, (await server.ListAsync(jane)).Contains(Shared, StringComparison.Ordinal));
        Assert.Contains(others ? " NIL ((\"Public/\" \"/\"))" : " ((\"user/\" \"/\")) NIL", (await server.OkAsync(jane, "namespace"))[0], StringComparison.Ordinal);

        // Renamed, they make room.
        await server.OkAsync(jane, $"rename {name.Split('/')[0]} Mine");
        Assert.Contains(" ((\"user/\" \"/\")) ((\"Public/\" \"/\"))", (await server.OkAsync(jane, "namespace"))[0], StringComparison.Ordinal);
        Assert.Contains(Shared, await server.ListAsync(jane), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("user/")]
    [InlineData("user/jane@example.com")]
    [InlineData("user/nobody@example.com/x")]
    [InlineData("Public")]
    [InlineData("Public/x")]
    public async Task No_mailbox_is_made_under_such_a_name(string name)
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        Assert.StartsWith("NO ", await server.EndAsync(john, $"create {name}"), StringComparison.Ordinal);
        await server.OkAsync(john, "create Own");
        Assert.StartsWith("NO ", await server.EndAsync(john, $"rename Own {name}"), StringComparison.Ordinal);
        Assert.Equal("INBOX Own", await server.ListAsync(john));
        Assert.False(Directory.Exists(Path.Join(server.Root, "mail", "example.com", "nobody")));
    }

    [Fact]
    public async Task An_account_with_a_slash_in_its_name_is_one_level()
    {
        await using var server = new AclServer();
        await using var odd = await ImapTestClient.LogInAsync(server.Port, "\"a/b%c@example.com\"");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(odd, "create Shared");
        await server.OkAsync(odd, "setacl Shared jane lr");
        Assert.Equal("INBOX [user] [user/a%2Fb%25c@example.com] user/a%2Fb%25c@example.com/Shared", await server.ListAsync(jane));
        await server.OkAsync(jane, "select \"user/a%2Fb%25c@example.com/Shared\"");
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, "select \"user/a/b%c@example.com/Shared\""), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, "select \"user/a%2fb%25c@example.com/Shared\""), StringComparison.Ordinal);
    }
}
