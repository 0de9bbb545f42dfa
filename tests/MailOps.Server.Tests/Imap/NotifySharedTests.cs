using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>NOTIFY (RFC 5465) of mailboxes that others share (RFC 4314).</summary>
public sealed class NotifySharedTests
{
    private const string Shared = AclServer.Shared;
    private const string Message = " {12+}\r\nSubject: s\r\n";

    private static async Task<string> HearAsync(ImapTestClient client) => (await client.ReadLineAsync() ?? "").Replace("\"", "", StringComparison.Ordinal);

    [Fact]
    public async Task What_comes_into_a_shared_mailbox_is_told_to_who_may_read_it()
    {
        await using var server = await AclServer.WithSharedAsync("lrs");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        Assert.Contains((await server.OkAsync(jane, "notify set status (subtree user (MessageNew MessageExpunge MailboxName))")), line => line.StartsWith($"* STATUS \"{Shared}\" (MESSAGES 1 UIDNEXT 2 ", StringComparison.Ordinal));
        await server.OkAsync(john, "append Shared" + Message);
        Assert.Equal($"* STATUS {Shared} (MESSAGES 2 UIDNEXT 3)", await HearAsync(jane));

        // What one does not share is nobody's business.
        await server.OkAsync(john, "create Secret");
        await server.OkAsync(john, "append Secret" + Message);
        await server.OkAsync(john, "rename Secret Secrets");
        await server.OkAsync(john, "delete Secrets");
        await server.OkAsync(john, "append Shared" + Message);
        Assert.Equal($"* STATUS {Shared} (MESSAGES 3 UIDNEXT 4)", await HearAsync(jane));
    }

    // RFC 5465 section 5.4: "granting or revocation of the 'l' right ... MUST be considered mailbox creation or deletion".
    [Fact]
    public async Task A_right_to_know_of_a_mailbox_makes_it_and_its_end_deletes_it()
    {
        await using var server = await AclServer.WithSharedAsync("lr");
        await using var john = await server.LogInAsync("john");
        await using var mary = await server.LogInAsync("mary");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "notify set (subtree user (MessageNew MessageExpunge MailboxName))");
        await server.OkAsync(john, "deleteacl Shared jane@example.com");
        Assert.Equal($"* LIST (\\NonExistent \\HasNoChildren) / {Shared}", await HearAsync(jane));
        Assert.Equal("* LIST (\\NonExistent \\HasNoChildren) / user/john@example.com", await HearAsync(jane));
        await server.OkAsync(john, "append Shared" + Message);
        await server.OkAsync(john, "setacl Shared jane@example.com lr");
        Assert.Equal($"* LIST (\\HasNoChildren) / {Shared}", await HearAsync(jane));
        Assert.Equal("* LIST (\\NonExistent \\HasChildren) / user/john@example.com", await HearAsync(jane));
        await server.OkAsync(john, "rename Shared Ours");
        Assert.Equal($"* LIST (\\HasNoChildren) / user/john@example.com/Ours (OLDNAME ({Shared}))", await HearAsync(jane));

        // One who shared nothing before.
        await server.OkAsync(mary, "create Hers");
        await server.OkAsync(mary, "setacl Hers jane@example.com lr");
        Assert.Equal("* LIST (\\HasNoChildren) / user/mary@example.com/Hers", await HearAsync(jane));
        Assert.Equal("* LIST (\\NonExistent \\HasChildren) / user/mary@example.com", await HearAsync(jane));
        await server.OkAsync(mary, "append Hers" + Message);
        Assert.StartsWith("* STATUS user/mary@example.com/Hers (MESSAGES 1 UIDNEXT 2 ", await HearAsync(jane), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_that_may_be_known_and_not_read_is_told_as_that_RFC5465_3_1()
    {
        await using var server = await AclServer.WithSharedAsync("l");
        await using var jane = await server.LogInAsync("jane");
        Assert.Equal($"* LIST (\\NoAccess \\HasNoChildren) \"/\" \"{Shared}\"", (await server.OkAsync(jane, "notify set status (subtree user (MessageNew MessageExpunge))"))[0]);
    }

    [Fact]
    public async Task PERSONAL_is_ones_own_and_what_one_does_elsewhere_is_not_told()
    {
        await using var server = await AclServer.WithSharedAsync("lrik");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        await server.OkAsync(jane, "notify set (personal (MessageNew MessageExpunge MailboxName)) (subtree user (MailboxName MailboxMetadataChange))");
        await server.OkAsync(jane, $"create {Shared}/Mine");
        await server.OkAsync(john, "append Shared" + Message);
        await server.OkAsync(john, "setmetadata Shared (/private/comment \"x\")");
        await server.OkAsync(john, "setmetadata Shared (/shared/comment \"x\")");
        Assert.Equal($"* METADATA {Shared} /shared/comment", await HearAsync(jane));
    }
}
