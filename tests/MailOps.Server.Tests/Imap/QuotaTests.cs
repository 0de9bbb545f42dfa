using MailOps.Maildir;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>QUOTA (RFC 9208).</summary>
public sealed class QuotaTests
{
    [Theory]
    [InlineData(10_241L, 1_048_576L, 42L, 1000L, "STORAGE 11 1024 MESSAGE 42 1000")]
    [InlineData(10_240L, 1_048_575L, 42L, null, "STORAGE 10 1023")]
    [InlineData(0L, null, 0L, 0L, "MESSAGE 0 0")]
    public async Task The_root_of_all_mailboxes_is_told_with_what_is_limited_RFC9208_4(long bytes, long? most, long messages, long? mostMessages, string expected)
    {
        await using var server = new ImapServer();
        server.Store.Account(ImapServer.John).Quota = new MailQuotaUsage(bytes, messages, new MailQuota(most, mostMessages));
        await using var client = await server.LogInAsync();
        Assert.Equal(["* QUOTAROOT \"INBOX\" \"User quota\"", $"* QUOTA \"User quota\" ({expected})", "a OK Told"], await client.RunAsync("a getquotaroot inbox"));
        Assert.Equal(["* QUOTAROOT \"not/there\" \"User quota\"", $"* QUOTA \"User quota\" ({expected})", "b OK Told"], await client.RunAsync("b getquotaroot not/there"));
        Assert.Equal([$"* QUOTA \"User quota\" ({expected})", "c OK Told"], await client.RunAsync("c getquota \"User quota\""));
        Assert.StartsWith("d NO [NONEXISTENT]", (await client.RunAsync("d getquota \"\""))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mailboxes_are_counted_and_one_too_many_is_OVERQUOTA_RFC9208_5_3()
    {
        await using var server = new AclServer(new MaildirStoreOptions { MaxMailboxes = 2 });
        await using var john = await server.LogInAsync("john");
        Assert.Contains(" QUOTA=RES-MAILBOX", (await server.OkAsync(john, "capability"))[0], StringComparison.Ordinal);
        Assert.Equal("* QUOTA \"User quota\" (MAILBOX 1 2)", (await server.OkAsync(john, "getquota \"User quota\""))[0]);
        await server.OkAsync(john, "create Shared");
        await server.OkAsync(john, "setacl Shared jane lrk");
        Assert.Matches("^[^ ]+ NO \\[OVERQUOTA\\] ", (await server.RunAsync(john, "create Work"))[^1]);
        Assert.Matches("^[^ ]+ NO \\[OVERQUOTA\\] ", (await server.RunAsync(john, "rename INBOX Work"))[^1]);

        // It counts whose it is, whoever makes it.
        await using var jane = await server.LogInAsync("jane");
        Assert.Equal("* QUOTA \"User quota john@example.com\" (MAILBOX 2 2)", (await server.OkAsync(jane, $"getquotaroot {AclServer.Shared}"))[^2]);
        Assert.Matches("^[^ ]+ NO \\[OVERQUOTA\\] ", (await server.RunAsync(jane, $"create {AclServer.Shared}/Below"))[^1]);
        await server.OkAsync(jane, "create Work");
        await server.OkAsync(john, "delete Shared");
        await server.OkAsync(john, "create Work");
    }

    [Fact]
    public async Task An_account_without_quota_has_no_root()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal(["* QUOTAROOT \"INBOX\"", "a OK Told"], await client.RunAsync("a getquotaroot INBOX"));
        Assert.StartsWith("b NO [NONEXISTENT]", (await client.RunAsync("b getquota \"User quota\""))[^1], StringComparison.Ordinal);
        Assert.StartsWith("c BAD", (await client.RunAsync("c setquota \"User quota\" (STORAGE 1)"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("d BAD", (await client.RunAsync("d getquota"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task STATUS_tells_what_an_EXPUNGE_would_free_RFC9208_4_1_4()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nb\n", SystemFlags.Deleted);
        server.Deliver("Subject: c\n\nd\n");
        await using var client = await server.LogInAsync();
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 2 DELETED 1 DELETED-STORAGE 17)", (await client.RunAsync("a status INBOX (messages deleted deleted-storage)"))[0]);
    }
}
