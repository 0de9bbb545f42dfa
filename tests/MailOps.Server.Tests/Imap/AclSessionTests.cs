using MailOps.Maildir;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Sessions that have a shared mailbox open: they work as in any other, and rights that change take effect in them.</summary>
public sealed class AclSessionTests
{
    private const string Shared = AclServer.Shared;

    [Fact]
    public async Task Rights_that_change_are_told_and_take_effect_RFC4314_5_1_1()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, "store 1 +flags \\Seen"), StringComparison.Ordinal);
        await server.OkAsync(john, "setacl Shared jane lrs");
        var told = await server.OkAsync(jane, "noop");
        Assert.Contains(told, line => line.StartsWith("* OK [PERMANENTFLAGS (\\Seen)]", StringComparison.Ordinal));
        Assert.Contains(told, line => line.StartsWith("* OK [READ-WRITE]", StringComparison.Ordinal));
        await server.OkAsync(jane, "store 1 +flags \\Seen");
        Assert.DoesNotContain(await server.OkAsync(jane, "noop"), line => line.Contains("PERMANENTFLAGS", StringComparison.Ordinal));
        await server.OkAsync(john, "setacl Shared jane lr");

        // It is refused before the client was told.
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, "store 1 -flags \\Seen"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fetch 1 body[]")]
    [InlineData("uid search all")]
    [InlineData("copy 1 INBOX")]
    [InlineData("expunge")]
    [InlineData("esearch return (all) all")]
    [InlineData("esearch in (selected) return (all) subject s")]
    [InlineData("esearch in (mailboxes user/john@example.com/Shared) return (all) all")]
    public async Task Who_may_no_longer_read_is_told_nothing_more_RFC4314_5_1_1(string command)
    {
        await using var server = await AclServer.WithSharedAsync("lrswite");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(john, "setacl Shared jane l");
        Assert.StartsWith("* BYE ", Assert.Single(await server.RunAsync(jane, command)), StringComparison.Ordinal);
        await using var again = await server.LogInAsync("jane");
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(again, $"select {Shared}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("selected")]
    [InlineData("selected-delayed")]
    public async Task Who_may_no_longer_read_is_told_between_commands_RFC5465_6_1(string filter)
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(jane, $"notify set ({filter} (MessageNew MessageExpunge))");
        await server.OkAsync(john, "setacl Shared jane l");
        Assert.StartsWith("* BYE ", Assert.Single(await jane.ReadToEndAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noop", "OK ")]
    [InlineData("append INBOX catenate (url \";UID=1\")", "NO [BADURL ;UID=1]")]
    public async Task What_others_did_meanwhile_is_not_told_to_who_may_no_longer_read(string command, string end)
    {
        await using var server = await AclServer.WithSharedAsync("lrswite");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(john, "append Shared {12+}\r\nSubject: s\r\n");
        await server.OkAsync(john, "setacl Shared jane l");
        Assert.StartsWith(end, await server.EndAsync(jane, command), StringComparison.Ordinal);
        Assert.StartsWith("* BYE ", Assert.Single(await jane.ReadToEndAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logout")]
    [InlineData("select INBOX")]
    public async Task Who_may_no_longer_read_can_leave(string command)
    {
        await using var server = await AclServer.WithSharedAsync("lrswite");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(john, "setacl Shared jane l");
        await server.OkAsync(jane, command);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IDLE_ends_when_the_right_to_read_goes_whoever_takes_it(bool byThisServer)
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await jane.SendAsync("i idle\r\n");
        Assert.StartsWith("+ ", await jane.ReadLineAsync(), StringComparison.Ordinal);
        if (byThisServer)
            await server.OkAsync(john, "deleteacl Shared jane");
        else
            await File.WriteAllTextAsync(server.Of(".Shared/dovecot-acl"), "owner lrswipkxtea\n");
        Assert.StartsWith("* BYE ", await jane.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Empty(await jane.ReadToEndAsync());
    }

    [Fact]
    public async Task IDLE_ends_at_once_where_the_right_to_read_is_gone_already()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(john, "deleteacl Shared jane");
        await jane.SendAsync("i idle\r\n");
        Assert.StartsWith("+ ", await jane.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("* BYE ", await jane.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_right_to_read_is_gone_ENABLE_does_not_tell_how_far_changes_went()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(john, "deleteacl Shared jane");
        Assert.Equal(["* ENABLED CONDSTORE", "a OK Enabled"], (await jane.RunAsync("a enable condstore")).Take(2));
    }

    [Fact]
    public async Task Two_users_in_one_mailbox_see_each_others_changes()
    {
        await using var server = await AclServer.WithSharedAsync("lrswipte");
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "select Shared");
        await using var jane = await server.SelectAsync();
        await jane.SendAsync("i idle\r\n");
        Assert.StartsWith("+ ", await jane.ReadLineAsync(), StringComparison.Ordinal);
        await server.OkAsync(john, "store 1 +flags.silent (\\Seen word)");
        Assert.StartsWith("* FLAGS ", await jane.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("* OK [PERMANENTFLAGS ", await jane.ReadLineAsync(), StringComparison.Ordinal);
        Assert.EndsWith("\\Flagged \\Seen word))", await jane.ReadLineAsync(), StringComparison.Ordinal);
        await server.OkAsync(john, "append Shared {12+}\r\nSubject: t\r\n");
        Assert.Equal("* 2 EXISTS", await jane.ReadLineAsync());
        await jane.SendAsync("DONE\r\n");
        Assert.StartsWith("i OK", (await jane.ReadToTagAsync("i"))[^1], StringComparison.Ordinal);
        await server.OkAsync(jane, "store 1 +flags.silent \\Deleted");
        await server.OkAsync(jane, "expunge");
        Assert.Contains("* 1 EXPUNGE", await server.OkAsync(john, "noop"));
        await server.OkAsync(john, "append Shared (\\Seen) {12+}\r\nSubject: u\r\n");
        Assert.Contains("* 2 EXISTS", await server.OkAsync(jane, "noop"));
        Assert.Equal("* SEARCH 2", (await server.OkAsync(jane, "search seen"))[0]);
        Assert.Equal("* SORT 2 1", (await server.OkAsync(jane, "sort (reverse subject) utf-8 all"))[0]);
    }

    [Fact]
    public async Task A_shared_mailbox_is_resynchronized_as_any_other_RFC7162_3_2_5()
    {
        await using var server = await AclServer.WithSharedAsync("lrswipte");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "enable qresync");
        var lines = await server.OkAsync(jane, $"select {Shared}");
        var highest = ModSeqServer.Highest(lines);
        var validity = System.Text.RegularExpressions.Regex.Match(string.Join(' ', lines), @"UIDVALIDITY (?<n>\d+)", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["n"].Value;
        await server.OkAsync(john, "append Shared {12+}\r\nSubject: t\r\n");
        await server.OkAsync(john, "select Shared");
        await server.OkAsync(john, "store 1 +flags \\Deleted");
        await server.OkAsync(john, "expunge");
        var again = await server.OkAsync(jane, FormattableString.Invariant($"select {Shared} (qresync ({validity} {highest}))"));
        Assert.Contains("* VANISHED (EARLIER) 1", again);
        Assert.Contains(again, line => line.StartsWith("* 1 FETCH (UID 2 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Messages_are_copied_and_moved_between_owners_with_all_they_have()
    {
        await using var server = await AclServer.WithSharedAsync("lrswipte");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(jane, "store 1 +flags word");
        await server.OkAsync(jane, "copy 1 INBOX");
        await server.OkAsync(jane, "move 1 INBOX");
        Assert.Contains("* 0 EXISTS", await server.OkAsync(jane, $"select {Shared}"));
        var fetched = await server.OkAsync(jane, "select INBOX");
        Assert.Contains("* 2 EXISTS", fetched);
        Assert.Equal(["* 1 FETCH (FLAGS (\\Flagged word) BODY[] {12}\r\nSubject: s\r\n)", "* 2 FETCH (FLAGS (\\Flagged word) BODY[] {12}\r\nSubject: s\r\n)"], (await server.OkAsync(jane, "fetch 1:2 (flags body.peek[])"))[..^1]);
        await server.OkAsync(jane, $"move 1:2 {Shared}");
        Assert.Equal($"* STATUS \"{Shared}\" (MESSAGES 2)", (await server.OkAsync(jane, $"status {Shared} (messages)"))[0]);
    }

    [Fact]
    public async Task What_is_in_a_shared_mailbox_counts_to_its_owner_RFC9208()
    {
        await using var server = new AclServer(new MaildirStoreOptions { Quota = new MailQuota(1024 * 1024, 3) });
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "create Shared");
        await server.OkAsync(john, "setacl Shared jane lrswipte");
        await server.OkAsync(jane, $"append {Shared} {{12+}}\r\nSubject: s\r\n");
        Assert.Equal([$"* QUOTAROOT \"{Shared}\" \"User quota john@example.com\"", "* QUOTA \"User quota john@example.com\" (STORAGE 1 1024 MESSAGE 1 3)"], (await server.OkAsync(jane, $"getquotaroot {Shared}"))[..^1]);
        Assert.Equal(["* QUOTAROOT \"INBOX\" \"User quota\"", "* QUOTA \"User quota\" (STORAGE 0 1024 MESSAGE 0 3)"], (await server.OkAsync(jane, "getquotaroot INBOX"))[..^1]);
        Assert.Equal("* QUOTA \"User quota\" (STORAGE 1 1024 MESSAGE 1 3)", (await server.OkAsync(john, "getquota \"User quota\""))[0]);
        Assert.Equal("* QUOTA \"User quota john@example.com\" (STORAGE 1 1024 MESSAGE 1 3)", (await server.OkAsync(jane, "getquota \"User quota john@example.com\""))[0]);

        // A move takes it from one and gives it to the other; who is full gets no more.
        await server.OkAsync(jane, $"select {Shared}");
        await server.OkAsync(jane, "move 1 INBOX");
        Assert.Equal("* QUOTA \"User quota\" (STORAGE 1 1024 MESSAGE 1 3)", (await server.OkAsync(jane, "getquota \"User quota\""))[0]);
        Assert.Equal("* QUOTA \"User quota\" (STORAGE 0 1024 MESSAGE 0 3)", (await server.OkAsync(john, "getquota \"User quota\""))[0]);
        for (var i = 0; i < 3; i++)
            await server.OkAsync(john, "append INBOX {12+}\r\nSubject: s\r\n");
        await server.OkAsync(jane, "select INBOX");
        foreach (var command in new[] { $"copy 1 {Shared}", $"move 1 {Shared}", $"append {Shared} {{12+}}\r\nSubject: s\r\n" })
            Assert.StartsWith("NO [OVERQUOTA]", await server.EndAsync(jane, command), StringComparison.Ordinal);
        await server.OkAsync(jane, "append INBOX {12+}\r\nSubject: s\r\n");
        await server.OkAsync(john, "setacl Shared jane l");
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(jane, "getquota \"User quota john@example.com\""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Private_annotations_and_uses_are_the_owners_RFC5464_4_3()
    {
        await using var server = await AclServer.WithSharedAsync("lrswipkxte");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(john, "setmetadata Shared (/private/comment \"his\" /shared/comment \"all\" /private/specialuse \"\\\\Sent\")");
        Assert.Equal($"* METADATA \"{Shared}\" (/private/comment NIL /shared/comment \"all\" /private/specialuse NIL)", (await server.OkAsync(jane, $"getmetadata {Shared} (/private/comment /shared/comment /private/specialuse)"))[0]);
        Assert.Equal([$"* METADATA \"{Shared}\" (/shared/comment \"all\")"], (await server.OkAsync(jane, $"getmetadata (depth infinity) {Shared} (/private/comment /shared/comment)"))[..^1]);
        Assert.StartsWith("NO [METADATA NOPRIVATE]", await server.EndAsync(jane, $"setmetadata {Shared} (/private/comment \"hers\" /shared/comment \"hers\")"), StringComparison.Ordinal);
        Assert.DoesNotContain("\\Sent", string.Join(' ', await server.OkAsync(jane, "list \"\" *")), StringComparison.Ordinal);
        Assert.StartsWith("NO [USEATTR]", await server.EndAsync(jane, $"create {Shared}/New (use (\\Sent))"), StringComparison.Ordinal);

        // Her own \Sent does not take his from him.
        await server.OkAsync(jane, "create Mine (use (\\Sent))");
        Assert.Equal("* METADATA \"Shared\" (/private/comment \"his\" /shared/comment \"all\" /private/specialuse \"\\\\Sent\")", (await server.OkAsync(john, "getmetadata Shared (/private/comment /shared/comment /private/specialuse)"))[0]);
        await server.OkAsync(jane, $"setmetadata {Shared} (/shared/comment \"hers\")");
        Assert.Equal("* METADATA \"Shared\" (/shared/comment \"hers\")", (await server.OkAsync(john, "getmetadata Shared /shared/comment"))[0]);
    }

    [Fact]
    public async Task Messages_are_made_of_parts_from_shared_mailboxes_RFC4469()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "append INBOX catenate (url \"/user/john%40example.com/Shared/;UID=1\")");
        await server.OkAsync(jane, "select INBOX");
        Assert.Equal("* 1 FETCH (BODY[] {12}\r\nSubject: s\r\n)", (await server.OkAsync(jane, "fetch 1 body.peek[]"))[0]);
    }

    [Fact]
    public async Task A_mailbox_stays_open_when_its_owner_renames_it_and_is_empty_when_he_deletes_it()
    {
        await using var server = await AclServer.WithSharedAsync("lrs");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.SelectAsync();
        await server.OkAsync(john, "rename Shared Other");
        await server.OkAsync(jane, "store 1 +flags \\Seen");
        Assert.Equal("INBOX [user] [user/john@example.com] user/john@example.com/Other", await server.ListAsync(jane));
        await server.OkAsync(john, "delete Other");
        Assert.Contains("* 1 EXPUNGE", await server.OkAsync(jane, "noop"));
        Assert.Equal("INBOX", await server.ListAsync(jane));
    }
}
