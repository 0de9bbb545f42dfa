using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314 section 3).</summary>
public sealed class AclCommandTests
{
    [Fact]
    public async Task The_owner_has_all_rights_and_others_none_RFC4314_2()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        Assert.Equal("* MYRIGHTS \"INBOX\" lrswipkxteacd", (await server.OkAsync(john, "myrights inbox"))[0]);
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd", (await server.OkAsync(john, "getacl INBOX"))[0]);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(john, "myrights Nowhere"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(john, "getacl Nowhere"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(john, "setacl Nowhere jane lr"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(john, "listrights Nowhere jane"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CAPABILITY_tells_of_ACL_its_rights_and_LIST_MYRIGHTS_RFC4314_5_1_1()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        var capabilities = (await server.OkAsync(john, "capability"))[0].Split(' ');
        Assert.All(["ACL", "RIGHTS=texk", "LIST-MYRIGHTS", "NAMESPACE"], name => Assert.Contains(name, capabilities));
    }

    [Fact]
    public async Task Rights_are_set_added_and_taken_RFC4314_3_1()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "setacl INBOX jane@example.com lrs");
        await server.OkAsync(john, "setacl INBOX jane@example.com +wi");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd jane@example.com lrswi", (await server.OkAsync(john, "getacl INBOX"))[0]);
        await server.OkAsync(john, "setacl INBOX jane@example.com -sw");
        await server.OkAsync(john, "setacl INBOX anyone l");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd anyone l jane@example.com lri", (await server.OkAsync(john, "getacl INBOX"))[0]);
        await server.OkAsync(john, "setacl INBOX jane@example.com \"\"");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd anyone l jane@example.com \"\"", (await server.OkAsync(john, "getacl INBOX"))[0]);
        await server.OkAsync(john, "deleteacl INBOX jane@example.com");
        await server.OkAsync(john, "deleteacl INBOX anyone");
        await server.OkAsync(john, "deleteacl INBOX mary@example.com");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd", (await server.OkAsync(john, "getacl INBOX"))[0]);
    }

    [Theory]
    // "If a client includes the d right it MUST be treated as if it had included every member of the delete right", and so with c.
    [InlineData("lrswida", "lrswitead")]
    [InlineData("c", "kxc")]
    [InlineData("k", "kc")]
    [InlineData("x", "xc")]
    [InlineData("t", "td")]
    [InlineData("ed", "ted")]
    [InlineData("lrp", "lrp")]
    public async Task Obsolete_rights_stand_for_those_that_replaced_them_RFC4314_2_1_1(string set, string told)
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, $"setacl INBOX jane {set}");
        Assert.EndsWith($" jane@example.com {told}", (await server.OkAsync(john, "getacl INBOX"))[0], StringComparison.Ordinal);
    }

    [Theory]
    // "An unrecognized right MUST cause the command to return the BAD response"; uppercase rights are none.
    [InlineData("setacl INBOX jane lrQ")]
    [InlineData("setacl INBOX jane lrq")]
    [InlineData("setacl INBOX jane L")]
    [InlineData("setacl INBOX jane 0")]
    [InlineData("setacl INBOX jane +-l")]
    [InlineData("setacl INBOX jane")]
    [InlineData("setacl INBOX \"\" lr")]
    [InlineData("setacl INBOX - lr")]
    [InlineData("deleteacl INBOX")]
    [InlineData("deleteacl INBOX \"\"")]
    [InlineData("getacl")]
    [InlineData("getacl INBOX jane")]
    [InlineData("listrights INBOX")]
    [InlineData("listrights INBOX \"\"")]
    [InlineData("myrights")]
    // Section 3: what SASLprep forbids.
    [InlineData("setacl INBOX {5+}\r\nja\u0001ne lr")]
    public async Task What_cannot_be_understood_is_BAD_RFC4314_3(string command)
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        Assert.StartsWith("BAD ", await server.EndAsync(john, command), StringComparison.Ordinal);
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd", (await server.OkAsync(john, "getacl INBOX"))[0]);
    }

    [Theory]
    [InlineData("$team", "There are no groups here")]
    [InlineData("!$team", "There are no groups here")]
    [InlineData("#global", "There are no groups here")]
    [InlineData("\"no account\"", "No account can have this name")]
    [InlineData("jane@", "No account can have this name")]
    public async Task Who_cannot_be_given_rights_is_told_why(string identifier, string reason)
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        foreach (var command in new[] { $"setacl INBOX {identifier} lr", $"deleteacl INBOX {identifier}", $"listrights INBOX {identifier}" })
            Assert.StartsWith("NO [CANNOT] " + reason, await server.EndAsync(john, command), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JANE", "jane@example.com")]
    [InlineData("Jane@Example.COM", "jane@example.com")]
    [InlineData("jane@elsewhere.example", "jane@elsewhere.example")]
    [InlineData("ANYONE", "anyone")]
    [InlineData("anonymous", "anyone")]
    [InlineData("authenticated", "authenticated")]
    public async Task An_identifier_is_kept_in_its_canonical_form_RFC4314_3_3(string given, string kept)
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, $"setacl INBOX {given} lr");
        Assert.Equal($"* ACL \"INBOX\" john@example.com lrswipkxteacd {kept} lr", (await server.OkAsync(john, "getacl INBOX"))[0]);
        Assert.StartsWith($"* LISTRIGHTS \"INBOX\" {given} ", (await server.OkAsync(john, $"listrights INBOX {given}"))[0].Replace("\"" + given + "\"", given, StringComparison.Ordinal), StringComparison.Ordinal);
        await server.OkAsync(john, $"deleteacl INBOX {given}");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd", (await server.OkAsync(john, "getacl INBOX"))[0]);
    }

    [Fact]
    public async Task LISTRIGHTS_tells_what_the_owner_keeps_and_that_no_right_is_tied_RFC4314_3_7()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        Assert.Equal("* LISTRIGHTS \"INBOX\" john@example.com la r s w i p k x t e c d", (await server.OkAsync(john, "listrights INBOX john@example.com"))[0]);
        Assert.Equal("* LISTRIGHTS \"INBOX\" jane@example.com \"\" l r s w i p k x t e a c d", (await server.OkAsync(john, "listrights INBOX jane@example.com"))[0]);
        Assert.Equal("* LISTRIGHTS \"INBOX\" -john@example.com \"\" r s w i p k x t e c d", (await server.OkAsync(john, "listrights INBOX -john@example.com"))[0]);
        Assert.Equal("* LISTRIGHTS \"INBOX\" anyone \"\" l r s w i p k x t e a c d", (await server.OkAsync(john, "listrights INBOX anyone"))[0]);
    }

    [Theory]
    [InlineData("setacl INBOX john \"\"", "la")]
    [InlineData("setacl INBOX owner r", "lra")]
    [InlineData("setacl INBOX john -lraxk", "lswiptead")]
    [InlineData("setacl INBOX -john lraw", "lsipkxteacd")]
    [InlineData("setacl INBOX anyone \"\"", "lrswipkxteacd")]
    [InlineData("setacl INBOX -anyone lra", "lrswipkxteacd")]
    public async Task The_owner_keeps_l_and_a(string command, string expected)
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, command);
        Assert.Equal("* MYRIGHTS \"INBOX\" " + expected, (await server.OkAsync(john, "myrights INBOX"))[0]);
        await server.OkAsync(john, "deleteacl INBOX john");
        await server.OkAsync(john, "deleteacl INBOX -john");
        Assert.Equal("* MYRIGHTS \"INBOX\" lrswipkxteacd", (await server.OkAsync(john, "myrights INBOX"))[0]);
    }

    [Theory]
    [InlineData("anyone lr|jane@example.com lrs", "lrs")]
    [InlineData("anyone lr|jane@example.com l", "l")]
    [InlineData("anyone lr|authenticated lri", "lri")]
    [InlineData("anyone lrs|-jane@example.com s", "lr")]
    [InlineData("anyone lrs|-anyone s", "lr")]
    [InlineData("jane@example.com lrs|-anyone s", "lr")]
    [InlineData("jane@example.com lrs|-anyone s|-jane@example.com r", "ls")]
    [InlineData("anyone lrs|mary@example.com r", "lrs")]
    public async Task The_most_particular_line_counts_for_what_is_granted_and_for_what_is_denied_RFC4314_2(string lines, string expected)
    {
        await using var server = await AclServer.WithSharedAsync("");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "deleteacl Shared jane");
        foreach (var line in lines.Split('|'))
            await server.OkAsync(john, $"setacl Shared {line}");
        Assert.Equal($"* MYRIGHTS \"{AclServer.Shared}\" {expected}", (await server.OkAsync(jane, $"myrights {AclServer.Shared}"))[0]);
    }

    [Fact]
    public async Task Negative_rights_are_an_entry_of_their_own_RFC4314_3_2()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "setacl INBOX jane lrs");
        await server.OkAsync(john, "setacl INBOX -jane ws");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd jane@example.com lrs -jane@example.com sw", (await server.OkAsync(john, "getacl INBOX"))[0]);
        await server.OkAsync(john, "deleteacl INBOX jane");
        Assert.Equal("* ACL \"INBOX\" john@example.com lrswipkxteacd -jane@example.com sw", (await server.OkAsync(john, "getacl INBOX"))[0]);
    }

    [Theory]
    [InlineData("l", "l")]
    [InlineData("r", "r")]
    [InlineData("i", "i")]
    [InlineData("k", "kc")]
    [InlineData("x", "xc")]
    [InlineData("a", "a")]
    [InlineData("s", null)]
    [InlineData("w", null)]
    [InlineData("p", null)]
    [InlineData("te", null)]
    [InlineData("", null)]
    public async Task MYRIGHTS_needs_one_of_l_r_i_k_x_a_RFC4314_4(string rights, string? told)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.LogInAsync("jane");
        if (told is not null)
            Assert.Equal($"* MYRIGHTS \"{AclServer.Shared}\" {told}", (await server.OkAsync(jane, $"myrights {AclServer.Shared}"))[0]);
        else
            await server.HoldsSecretAsync(jane, "myrights {0}", AclServer.Shared);
    }

    [Fact]
    public async Task Who_has_a_administers_and_others_are_told_that_they_may_not_RFC4314_4()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        string[] commands = [$"getacl {AclServer.Shared}", $"setacl {AclServer.Shared} mary lr", $"deleteacl {AclServer.Shared} anyone", $"listrights {AclServer.Shared} mary"];
        foreach (var command in commands)
            Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, command), StringComparison.Ordinal);
        await server.OkAsync(john, "setacl Shared jane a");
        foreach (var command in commands)
            await server.OkAsync(jane, command);
        Assert.Equal($"* ACL \"{AclServer.Shared}\" john@example.com lrswipkxteacd jane@example.com a mary@example.com lr", (await server.OkAsync(jane, commands[0]))[0]);

        // By whoever administers it: the owner keeps l and a.
        await server.OkAsync(jane, $"setacl {AclServer.Shared} john \"\"");
        Assert.Equal("* MYRIGHTS \"Shared\" la", (await server.OkAsync(john, "myrights Shared"))[0]);
    }

    [Fact]
    public async Task A_list_has_at_most_a_thousand_entries()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        await File.WriteAllLinesAsync(server.Of("dovecot-acl"), Enumerable.Range(0, 1000).Select(i => FormattableString.Invariant($"user=u{i}@example.com l")));
        Assert.StartsWith("NO [LIMIT]", await server.EndAsync(john, "setacl INBOX jane lr"), StringComparison.Ordinal);
        await server.OkAsync(john, "setacl INBOX u7 lr");
        await server.OkAsync(john, "deleteacl INBOX u7");
        await server.OkAsync(john, "setacl INBOX jane lr");
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_lets_nobody_in_but_the_owner_and_is_not_written_over()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        var file = server.Of(".Shared/dovecot-acl");
        await File.AppendAllTextAsync(file, "-user=jane@example.com R\n");
        await server.HoldsSecretAsync(jane, "select {0}", AclServer.Shared);
        Assert.StartsWith("NO [CANNOT]", await server.EndAsync(john, "setacl Shared jane lrs"), StringComparison.Ordinal);
        Assert.StartsWith("NO [CANNOT]", await server.EndAsync(john, "deleteacl Shared jane"), StringComparison.Ordinal);
        Assert.Equal("user=jane@example.com lr\n-user=jane@example.com R\n", await File.ReadAllTextAsync(file));
        await server.OkAsync(john, "select Shared");
    }
}
