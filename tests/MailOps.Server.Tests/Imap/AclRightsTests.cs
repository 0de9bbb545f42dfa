using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Which rights which command needs (RFC 4314 section 4), and what rights do to a selected mailbox.</summary>
public sealed class AclRightsTests
{
    private const string Shared = AclServer.Shared;

    [Theory]
    [InlineData("select " + Shared, "r")]
    [InlineData("examine " + Shared, "r")]
    [InlineData("status " + Shared + " (messages)", "r")]
    [InlineData("append " + Shared + " {12+}\r\nSubject: s\r\n", "i")]
    [InlineData("append " + Shared + " {12+}\r\nSubject: s\r\n {12+}\r\nSubject: s\r\n", "i")]
    [InlineData("create " + Shared + "/New", "k")]
    [InlineData("create " + Shared + "/Some/New/", "k")]
    [InlineData("delete " + Shared, "x")]
    [InlineData("subscribe " + Shared, "l")]
    [InlineData("getacl " + Shared, "a")]
    [InlineData("listrights " + Shared + " mary", "a")]
    [InlineData("setacl " + Shared + " mary l", "a")]
    [InlineData("deleteacl " + Shared + " mary", "a")]
    [InlineData("getquotaroot " + Shared, "r")]
    public async Task A_command_needs_its_rights_RFC4314_4(string command, string needed)
    {
        // Without each of them it is refused, by name to who may know that the mailbox is there; with them it is done.
        foreach (var missing in needed)
        {
            var others = "lrswipkxtea".Replace(missing.ToString(), "", StringComparison.Ordinal);
            await using var server = await AclServer.WithSharedAsync(others);
            await using var jane = await server.LogInAsync("jane");
            Assert.StartsWith(missing == 'l' ? "NO [NONEXISTENT]" : "NO [NOPERM]", await server.EndAsync(jane, command), StringComparison.Ordinal);
            await using var secret = await AclServer.WithSharedAsync(others.Replace("l", "", StringComparison.Ordinal));
            await using var mary = await secret.LogInAsync("jane");
            Assert.StartsWith(command.StartsWith("append", StringComparison.Ordinal) ? "NO [TRYCREATE] No such mailbox" : "NO [NONEXISTENT] No such mailbox", await secret.EndAsync(mary, command), StringComparison.Ordinal);
        }

        await using var open = await AclServer.WithSharedAsync(needed);
        await using var janeToo = await open.LogInAsync("jane");
        await open.OkAsync(janeToo, command);
    }

    [Fact]
    public async Task RENAME_needs_x_on_the_mailbox_and_k_on_its_new_parent_RFC4314_4()
    {
        await using var server = await AclServer.WithSharedAsync("lrx");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "create Target");
        await server.OkAsync(john, "setacl Target jane lr");
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, $"rename {Shared} user/john@example.com/Target/Moved"), StringComparison.Ordinal);
        await server.OkAsync(john, "setacl Target jane +k");
        await server.OkAsync(jane, $"rename {Shared} user/john@example.com/Target/Moved");

        // "The RENAME command SHOULD NOT change the ACLs on the renamed mailbox."
        Assert.Equal("* MYRIGHTS \"user/john@example.com/Target/Moved\" lrxc", (await server.OkAsync(jane, "myrights user/john@example.com/Target/Moved"))[0]);
        // The top of another's account is its owner's.
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, "rename user/john@example.com/Target/Moved user/john@example.com/Top"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, "create user/john@example.com/Top"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_mailbox_has_the_rights_of_its_parent_and_a_deleted_one_leaves_none_RFC4314_4()
    {
        await using var server = await AclServer.WithSharedAsync("lrkx");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "create Shared/Below");
        Assert.Equal($"* MYRIGHTS \"{Shared}/Below\" lrkxc", (await server.OkAsync(jane, $"myrights {Shared}/Below"))[0]);
        await server.OkAsync(jane, $"create {Shared}/Hers");
        Assert.Equal("* ACL \"Shared/Hers\" john@example.com lrswipkxteacd jane@example.com lrkxc", (await server.OkAsync(john, "getacl Shared/Hers"))[0]);
        await server.OkAsync(jane, $"delete {Shared}/Hers");
        await server.OkAsync(john, "delete Shared");
        await server.OkAsync(john, "create Shared");
        await server.HoldsSecretAsync(jane, "select {0}", Shared);
        Assert.Equal("INBOX [user] [user/john@example.com] [user/john@example.com/Shared] user/john@example.com/Shared/Below", await server.ListAsync(jane));
    }

    [Theory]
    [InlineData("lr", "", "READ-ONLY")]
    [InlineData("lrp", "", "READ-ONLY")]
    [InlineData("lrkxa", "", "READ-ONLY")]
    [InlineData("lrs", "\\Seen", "READ-WRITE")]
    [InlineData("lrt", "\\Deleted", "READ-WRITE")]
    [InlineData("lrw", "\\Answered \\Flagged \\Draft \\*", "READ-WRITE")]
    [InlineData("lri", "", "READ-WRITE")]
    [InlineData("lre", "", "READ-WRITE")]
    [InlineData("lrswit", "\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*", "READ-WRITE")]
    public async Task SELECT_tells_what_may_be_changed_RFC4314_5_1_1_and_5_2(string rights, string permanent, string access)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.LogInAsync("jane");
        var lines = await server.OkAsync(jane, $"select {Shared}");
        Assert.Contains("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)", lines);
        Assert.Contains(lines, line => line.StartsWith($"* OK [PERMANENTFLAGS ({permanent})]", StringComparison.Ordinal));
        Assert.Contains($" OK [{access}]", lines[^1], StringComparison.Ordinal);
        Assert.Contains("[READ-ONLY]", (await server.OkAsync(jane, $"examine {Shared}"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    // "STORE operation SHOULD NOT fail if the user has rights to modify at least one flag specified."
    [InlineData("lrs", "+flags (\\Seen \\Deleted \\Answered word)", "\\Flagged \\Seen")]
    [InlineData("lrt", "+flags (\\Seen \\Deleted \\Answered word)", "\\Flagged \\Deleted")]
    [InlineData("lrw", "+flags (\\Seen \\Deleted \\Answered word)", "\\Answered \\Flagged word")]
    [InlineData("lrw", "-flags (\\Flagged \\Seen)", "")]
    [InlineData("lrs", "flags (\\Seen \\Deleted)", "\\Flagged \\Seen")]
    [InlineData("lrt", "flags ()", "\\Flagged")]
    [InlineData("lrw", "flags (\\Deleted word)", "word")]
    [InlineData("lrswt", "flags (\\Deleted)", "\\Deleted")]
    [InlineData("lrs", "+flags.silent (\\Seen \\Deleted)", "\\Flagged \\Seen")]
    [InlineData("lrs", "flags.silent (\\Seen)", "\\Flagged \\Seen")]
    public async Task STORE_changes_the_flags_that_rights_allow_and_tells_the_rest_RFC4314_4(string rights, string store, string expected)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.SelectAsync();
        Assert.Contains($"* 1 FETCH (UID 1 FLAGS ({expected}))", (await server.OkAsync(jane, $"store 1 {store}")));
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "select Shared");
        Assert.Equal($"* 1 FETCH (FLAGS ({expected}))", (await server.OkAsync(john, "fetch 1 flags"))[0]);
    }

    [Theory]
    [InlineData("lrs", "+flags \\Deleted")]
    [InlineData("lrs", "-flags \\Flagged")]
    [InlineData("lrs", "+flags word")]
    [InlineData("lrw", "+flags \\Seen")]
    [InlineData("lri", "flags ()")]
    [InlineData("lr", "+flags \\Seen")]
    public async Task STORE_of_flags_none_of_which_may_be_changed_is_refused_RFC4314_4(string rights, string store)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.SelectAsync();
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, $"store 1 {store}"), StringComparison.Ordinal);
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "select Shared");
        Assert.Equal("* 1 FETCH (FLAGS (\\Flagged))", (await server.OkAsync(john, "fetch 1 flags"))[0]);
    }

    [Theory]
    [InlineData("lrwit", false)]
    [InlineData("lrs", true)]
    public async Task FETCH_marks_nothing_seen_without_s_RFC4314_4(string rights, bool marks)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.SelectAsync();
        await server.OkAsync(jane, "fetch 1 body[]");
        Assert.Equal(marks, (await server.OkAsync(jane, "fetch 1 flags"))[0].Contains("\\Seen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EXPUNGE_and_MOVE_need_e_and_CLOSE_without_it_expunges_nothing_RFC4314_4_and_RFC6851_4_2()
    {
        await using var server = await AclServer.WithSharedAsync("lrst");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(jane, "store 1 +flags \\Deleted");
        foreach (var command in new[] { "expunge", "uid expunge 1", "move 1 INBOX", "uid move 1 INBOX", "replace 1 INBOX {12+}\r\nSubject: s\r\n" })
            Assert.StartsWith("NO [NOPERM] This needs the right 'e'", await server.EndAsync(jane, command), StringComparison.Ordinal);
        await server.OkAsync(jane, "close");
        Assert.Contains("* 1 EXISTS", await server.OkAsync(jane, $"select {Shared}"));

        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "setacl Shared jane lre");
        foreach (var command in new[] { "move 1 INBOX", "uid replace 1 INBOX {12+}\r\nSubject: s\r\n" })
            Assert.StartsWith("NO [NOPERM] This needs the right 't'", await server.EndAsync(jane, command), StringComparison.Ordinal);
        await server.OkAsync(jane, "close");
        Assert.Contains("* 0 EXISTS", await server.OkAsync(jane, $"select {Shared}"));
    }

    [Theory]
    // The examples of section 4: flags for which there is no right in the target are lost on COPY and APPEND, which do not fail.
    [InlineData("rwi", "\\Answered \\Draft word")]
    [InlineData("rsti", "\\Deleted \\Seen")]
    [InlineData("ri", "")]
    public async Task COPY_MOVE_and_APPEND_set_the_flags_that_rights_allow_there_RFC4314_4(string rights, string expected)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.LogInAsync("jane");
        const string flags = "\\Answered \\Deleted \\Seen \\Draft word";
        await server.OkAsync(jane, $"append INBOX ({flags}) {{12+}}\r\nSubject: s\r\n");
        await server.OkAsync(jane, $"append {Shared} ({flags}) {{12+}}\r\nSubject: s\r\n");
        await server.OkAsync(jane, "select INBOX");
        Assert.Matches(@"^OK \[COPYUID ", await server.EndAsync(jane, $"copy 1 {Shared}"));
        await server.OkAsync(jane, $"move 1 {Shared}");
        await server.OkAsync(jane, $"select {Shared}");
        Assert.All((await server.OkAsync(jane, "fetch 2:4 flags"))[..^1], line => Assert.Contains($"FLAGS ({expected})", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("copy 1 {0}")]
    [InlineData("uid copy 1 {0}")]
    [InlineData("move 1 {0}")]
    [InlineData("uid move 1 {0}")]
    [InlineData("replace 1 {0} {{12+}}\r\nSubject: s\r\n")]
    public async Task Nothing_comes_into_a_mailbox_without_i(string command)
    {
        await using var server = await AclServer.WithSharedAsync("lrswkxtea");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "append INBOX {12+}\r\nSubject: s\r\n");
        await server.OkAsync(jane, "select INBOX");
        var one = string.Format(System.Globalization.CultureInfo.InvariantCulture, command, Shared);
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, one), StringComparison.Ordinal);
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "setacl Shared jane rswkxtea");
        await server.HoldsSecretAsync(jane, command, Shared);
        Assert.Equal("* STATUS \"Shared\" (MESSAGES 1)", (await server.OkAsync(john, "status Shared (messages)"))[0]);
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 1)", (await server.OkAsync(jane, "status INBOX (messages)"))[0]);
    }

    [Theory]
    [InlineData("lr", true)]
    [InlineData("ls", true)]
    [InlineData("lw", true)]
    [InlineData("li", true)]
    [InlineData("lp", true)]
    [InlineData("lkxtea", false)]
    [InlineData("rswip", null)]
    public async Task Annotations_need_l_and_one_of_r_s_w_i_p_RFC5464_3_3(string rights, bool? may)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.LogInAsync("jane");
        foreach (var command in new[] { $"getmetadata {Shared} /shared/comment", $"setmetadata {Shared} (/shared/comment \"hers\")" })
            Assert.StartsWith(may switch { true => "OK ", false => "NO [NOPERM]", null => "NO [NONEXISTENT]" }, await server.EndAsync(jane, command), StringComparison.Ordinal);
    }
}
