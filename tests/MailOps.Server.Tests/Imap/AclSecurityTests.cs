using MailOps.Server.Accounts;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Attempts to see or do what rights do not allow.</summary>
public sealed class AclSecurityTests
{
    private const string Shared = AclServer.Shared;

    [Theory]
    [InlineData("user/../x")]
    [InlineData("user/..")]
    [InlineData("user/john@example.com/../mary@example.com/INBOX")]
    [InlineData("user/john@example.com/../../../users")]
    [InlineData("user/john@example.com/..")]
    [InlineData("user/john@example.com/.")]
    [InlineData("user/john@example.com//INBOX")]
    [InlineData("user/john@example.com/INBOX/")]
    [InlineData("user//john@example.com/INBOX")]
    [InlineData("user/JOHN@example.com/Shared")]
    [InlineData("user/john@EXAMPLE.COM/Shared")]
    [InlineData("user/john%40example.com/Shared")]
    [InlineData("user/example.com%2Fjohn@/Shared")]
    [InlineData("user/jane@example.com/INBOX")]
    [InlineData("user/john@example.com")]
    [InlineData("user/john@../Shared")]
    [InlineData("user/@example.com/Shared")]
    [InlineData("user/..@example.com/Shared")]
    [InlineData("Public/../x")]
    [InlineData("Public/..")]
    [InlineData("Public/INBOX")]
    [InlineData("Public/../mail/example.com/john")]
    [InlineData("../john/INBOX")]
    [InlineData("../../public")]
    public async Task Names_that_lead_elsewhere_lead_nowhere(string name)
    {
        await using var server = await AclServer.WithSharedAsync("lrswipkxtea");
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "setacl INBOX jane lrswipkxtea");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "append INBOX {12+}\r\nSubject: s\r\n");
        string[] commands =
        [
            "examine {0}", "status {0} (messages)", "myrights {0}", "getacl {0}", "setacl {0} jane lr", "delete {0}", "rename {0} Own", "create {0}",
            "getmetadata {0} /shared/comment", "setmetadata {0} (/shared/comment \"x\")", "copy 1 {0}", "append {0} {{12+}}\r\nSubject: s\r\n", "append INBOX catenate (url {0})",
        ];
        foreach (var command in commands)
        {
            await server.OkAsync(jane, "select INBOX");
            Assert.StartsWith("NO ", await server.EndAsync(jane, string.Format(System.Globalization.CultureInfo.InvariantCulture, command, $"\"{name}\"")), StringComparison.Ordinal);
        }

        Assert.Equal("INBOX [user] [user/john@example.com] user/john@example.com/INBOX user/john@example.com/Shared", await server.ListAsync(jane));
        Assert.Equal(["jane", "john"], Directory.GetDirectories(Path.Join(server.Root, "mail", "example.com")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["example.com"], Directory.GetDirectories(Path.Join(server.Root, "mail")).Select(Path.GetFileName));
        Assert.False(Directory.Exists(Path.Join(server.Root, "public")));
    }

    [Theory]
    [InlineData("select {0}")]
    [InlineData("examine {0}")]
    [InlineData("status {0} (messages uidnext)")]
    [InlineData("create {0}")]
    [InlineData("create {0}/Below")]
    [InlineData("delete {0}")]
    [InlineData("rename {0} Own")]
    [InlineData("rename {0} user/john@example.com/Other")]
    [InlineData("rename Own {0}")]
    [InlineData("rename {0} {0}/Below")]
    [InlineData("subscribe {0}")]
    [InlineData("unsubscribe {0}")]
    [InlineData("list \"\" {0}")]
    [InlineData("list \"\" {0}*")]
    [InlineData("list (subscribed) \"\" * return (status (messages) myrights)")]
    [InlineData("list \"\" ({0} {0}/%) return (status (messages) myrights metadata (/shared/comment) subscribed children)")]
    [InlineData("lsub \"\" {0}")]
    [InlineData("getacl {0}")]
    [InlineData("setacl {0} jane lra")]
    [InlineData("setacl {0} $team lra")]
    [InlineData("deleteacl {0} john")]
    [InlineData("listrights {0} jane")]
    [InlineData("myrights {0}")]
    [InlineData("getquotaroot {0}")]
    [InlineData("getmetadata {0} /shared/comment")]
    [InlineData("getmetadata (depth infinity) {0} /shared/comment")]
    [InlineData("setmetadata {0} (/shared/comment \"x\")")]
    [InlineData("setmetadata {0} (/private/comment \"x\")")]
    [InlineData("notify set status (mailboxes {0} (messagenew messageexpunge flagchange mailboxname mailboxmetadatachange))")]
    [InlineData("notify set status (subtree {0} (messagenew messageexpunge))")]
    [InlineData("esearch in (mailboxes {0}) return (count all) all")]
    [InlineData("esearch in (subtree {0}) return (count all) all")]
    [InlineData("esearch in (mailboxes (INBOX {0})) return (count) subject nothing")]
    [InlineData("append {0} {{12+}}\r\nSubject: s\r\n")]
    [InlineData("append {0} {{12}}")]
    [InlineData("append INBOX catenate (url \"/{0}/;UID=1\")")]
    [InlineData("append INBOX catenate (url \"/{0};UIDVALIDITY=1/;UID=1\")")]
    [InlineData("copy 1 {0}")]
    [InlineData("uid move 1 {0}")]
    [InlineData("replace 1 {0} {{12+}}\r\nSubject: s\r\n")]
    public async Task What_may_not_be_known_is_as_what_is_not_there_RFC4314_6(string command)
    {
        await using var server = await AclServer.WithSharedAsync("");
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "setmetadata Shared (/shared/comment \"secret\")");
        await server.OkAsync(john, "setacl INBOX jane lr");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "append INBOX {12+}\r\nSubject: s\r\n");
        await server.OkAsync(jane, "create Own");
        await server.OkAsync(jane, "select INBOX");
        await server.HoldsSecretAsync(jane, command, Shared);
        await server.HoldsSecretAsync(jane, command, "user/mary@example.com/INBOX");
        await server.HoldsSecretAsync(jane, command, "Public/Some");
        Assert.Equal("* STATUS \"Shared\" (MESSAGES 1)", (await server.OkAsync(john, "status Shared (messages)"))[0]);
    }

    [Theory]
    [InlineData("create {0}")]
    [InlineData("create {0}INBOX")]
    [InlineData("create {0}a/Below")]
    [InlineData("create {0}a//b")]
    [InlineData("create {0}a/..")]
    [InlineData("rename {0}a {0}a//b")]
    [InlineData("rename {0}a//b Own")]
    [InlineData("rename INBOX {0}a//b")]
    [InlineData("delete {0}a//b")]
    [InlineData("subscribe {0}a//b")]
    [InlineData("getquotaroot {0}a")]
    [InlineData("getquota \"User quota mary@example.com\"")]
    public async Task Whether_there_is_an_account_is_not_told_RFC4314_6(string command)
    {
        await using var server = await AclServer.WithSharedAsync("");
        await using var jane = await server.LogInAsync("jane");
        var ofNone = await server.EndAsync(jane, string.Format(System.Globalization.CultureInfo.InvariantCulture, command, "user/mary@example.com/"));
        await using var mary = await server.LogInAsync("mary");
        Assert.Equal(ofNone, await server.EndAsync(jane, string.Format(System.Globalization.CultureInfo.InvariantCulture, command, "user/mary@example.com/")));
    }

    [Theory]
    [InlineData("lr", true)]
    [InlineData("l", false)]
    [InlineData("lswipkxtea", false)]
    public async Task A_search_of_several_mailboxes_reads_those_with_r_RFC7377_2(string rights, bool isFound)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.LogInAsync("jane");
        foreach (var where in new[] { $"mailboxes {Shared}", "subtree user", "subtree-one user/john@example.com" })
            Assert.Equal(isFound, (await server.OkAsync(jane, $"esearch in ({where}) return (all) all")).Exists(line => line.Contains(Shared, StringComparison.Ordinal)));
        Assert.Equal(["OK"], (await server.OkAsync(jane, "esearch in (personal) return (all) all")).Select(line => line.Split(' ')[1]));
    }

    // INBOX is INBOX whatever its case, also another's.
    [Theory]
    [InlineData("mailboxes (user/john@example.com/inbox user/john@example.com/INBOX)")]
    [InlineData("subtree user/john@example.com/Inbox")]
    [InlineData("subtree-one user/john@example.com/inbox")]
    public async Task A_mailbox_that_is_spelled_twice_is_searched_once_RFC7377_2_2(string where)
    {
        await using var server = await AclServer.WithSharedAsync("");
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "append INBOX {12+}\r\nSubject: s\r\n");
        await server.OkAsync(john, "setacl INBOX jane lr");
        await using var jane = await server.LogInAsync("jane");
        var told = Assert.Single((await server.OkAsync(jane, $"esearch in ({where}) return (count) all")).SkipLast(1));
        Assert.Contains("user/john@example.com/INBOX", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r", "[READ-ONLY]")]
    [InlineData("ri", "[READ-WRITE]")]
    public async Task Who_knows_the_name_selects_without_l_RFC4314_4(string rights, string access)
    {
        await using var server = await AclServer.WithSharedAsync(rights);
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "enable imap4rev2");
        var lines = await server.OkAsync(jane, $"select {Shared}");
        Assert.Contains(access, lines[^1], StringComparison.Ordinal);
        Assert.Contains($"* LIST (\\HasNoChildren) \"/\" \"{Shared}\"", lines);
        Assert.DoesNotContain("Shared", await server.ListAsync(jane), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_is_not_renamed_from_one_owner_to_another()
    {
        await using var server = await AclServer.WithSharedAsync("lrswipkxtea");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "create Own");
        foreach (var command in new[] { $"rename {Shared} Mine", $"rename Own {Shared}/Hers", $"rename {Shared} Public/Mine", $"rename INBOX {Shared}/Hers" })
            Assert.StartsWith("NO [CANNOT]", await server.EndAsync(jane, command), StringComparison.Ordinal);
        Assert.Equal("INBOX Shared", await server.ListAsync(john));
    }

    [Fact]
    public async Task A_rename_into_a_shared_tree_shows_nobody_what_was_private()
    {
        await using var server = await AclServer.WithSharedAsync("lrswipkxtea");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "create Secret");
        await server.OkAsync(john, "rename Secret Shared/Secret");
        await server.HoldsSecretAsync(jane, "select {0}", Shared + "/Secret");

        // Nor does what she may delete and make again get his messages.
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, $"create {Shared}/Secret"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, $"delete {Shared}/Secret"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, $"rename {Shared} {Shared}/Secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_administers_one_mailbox_administers_no_other()
    {
        await using var server = await AclServer.WithSharedAsync("lra");
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "create Shared/Below");
        await server.OkAsync(john, "setacl Shared/Below jane lr");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, $"setacl {Shared} jane +swit");
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, $"setacl {Shared}/Below jane +a"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, "setacl user/john@example.com/INBOX jane lr"), StringComparison.Ordinal);
        await using var mary = await server.LogInAsync("mary");
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(mary, $"setacl {Shared} mary lr"), StringComparison.Ordinal);
    }

    [Theory]
    // A line break in an identifier would be a line of the file.
    [InlineData("{24+}\r\njane\r\nuser=mary lrswipte ")]
    [InlineData("{13+}\r\njane\nanyone lr")]
    [InlineData("\"jane lrswipkxtea :x\"")]
    [InlineData("\"user=mary\"")]
    [InlineData("group=staff")]
    public async Task An_identifier_writes_no_line_but_its_own(string identifier)
    {
        await using var server = await AclServer.WithSharedAsync("l");
        await using var john = await server.LogInAsync("john");
        var end = await server.EndAsync(john, $"setacl Shared {identifier} r");
        Assert.True(end.StartsWith("BAD ", StringComparison.Ordinal) || end.StartsWith("NO [CANNOT]", StringComparison.Ordinal) || identifier is "\"user=mary\"" or "group=staff", end);
        Assert.All(await File.ReadAllLinesAsync(server.Of(".Shared/dovecot-acl")), line => Assert.Contains(line, new[] { "user=jane@example.com l", $"user={identifier.Trim('"')}@example.com r" }));
    }

    [Fact]
    public async Task A_subscription_file_that_names_others_mailboxes_gives_no_right()
    {
        await using var server = await AclServer.WithSharedAsync("");
        await using var jane = await server.LogInAsync("jane");
        await File.WriteAllTextAsync(Path.Join(server.Root, "mail", "example.com", "jane", "subscriptions"), $"V\t2\n\n{Shared.Replace('/', '\t')}\nuser\t..\tx\nPublic\t..\tx\n");
        Assert.Equal("", await server.ListAsync(jane, "lsub \"\" *"));
        Assert.Equal($"[{Shared}]", await server.ListAsync(jane, "list (subscribed) \"\" *"));
        await server.HoldsSecretAsync(jane, "select {0}", Shared);
    }

    // RFC 4314 leaves open what becomes of them. Who is given the name later is somebody else.
    [Fact]
    public async Task Rights_end_with_the_account_that_has_them()
    {
        await using var server = await AclServer.WithSharedAsync("r");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "setacl INBOX jane lri");
        await server.OkAsync(john, "setacl INBOX -jane w");
        await server.OkAsync(john, "setacl INBOX mary l");
        await server.OkAsync(jane, "setacl INBOX john lr");
        await server.OkAsync(jane, $"select {Shared}");
        await using (var register = new FolderPermissionRegister(server.Root))
            await register.ForgetAsync("jane@example.com", CancellationToken.None);
        Assert.StartsWith("* BYE ", Assert.Single(await server.RunAsync(jane, "fetch 1 flags")), StringComparison.Ordinal);
        await using var later = await server.LogInAsync("jane");
        Assert.Equal("INBOX", await server.ListAsync(later));
        await server.HoldsSecretAsync(later, "select {0}", Shared);
        Assert.DoesNotContain("jane", string.Join(' ', await server.OkAsync(john, "getacl INBOX")), StringComparison.Ordinal);
        Assert.Contains("mary@example.com l", string.Join(' ', await server.OkAsync(john, "getacl INBOX")), StringComparison.Ordinal);
        Assert.Equal("* MYRIGHTS \"user/jane@example.com/INBOX\" lr", (await server.OkAsync(john, "myrights user/jane@example.com/INBOX"))[0].Replace("MYRIGHTS user/jane@example.com/INBOX", "MYRIGHTS \"user/jane@example.com/INBOX\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_that_may_name_an_account_that_goes_is_told_and_the_others_are_cleared()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "create Broken");
        await File.WriteAllTextAsync(server.Of(".Broken/dovecot-acl"), "user=jane@example.com lr\n?\n");
        await using var register = new FolderPermissionRegister(server.Root);
        var e = await Assert.ThrowsAsync<AccountException>(() => register.ForgetAsync("jane@example.com", CancellationToken.None));
        Assert.Equal(AccountFault.PermissionsDamaged, e.Fault);
        Assert.Contains("'Broken' of 'john@example.com' (dovecot-acl", e.Message, StringComparison.Ordinal);
        Assert.Equal("INBOX", await server.ListAsync(jane));
    }

    [Fact]
    public async Task An_index_that_says_too_much_gives_no_right_and_one_that_is_lost_is_made_again()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var mary = await server.LogInAsync("mary");
        await using var jane = await server.LogInAsync("jane");
        var index = Path.Join(server.Root, "shared-mailboxes");
        Assert.Equal("shared/shared-boxes/user/jane@example.com/john@example.com\n1\n", await File.ReadAllTextAsync(index));
        await File.AppendAllTextAsync(index, "shared/shared-boxes/anyone/john@example.com\n1\nshared/shared-boxes/anyone/../../x\n1\nshared/shared-boxes/anyone/gone@example.com\n1\n");
        Assert.Equal("INBOX", await server.ListAsync(mary));
        File.Delete(index);
        Assert.Equal($"INBOX [user] [user/john@example.com] {Shared}", await server.ListAsync(jane));
        Assert.Equal("shared/shared-boxes/user/jane@example.com/john@example.com\n1\n", await File.ReadAllTextAsync(index));
    }
}
