using MailOps.Maildir;
using MailOps.Maildir.Access;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Public mailboxes: nobody owns them, and the administrator gives the first rights.</summary>
public sealed class PublicFolderTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static AccessChange Grant(AccessIdentifier identifier, string rights)
    {
        Assert.Null(RightsText.Parse(rights, out var parsed));
        return new AccessChange(identifier, IsNegative: false, AccessChangeKind.Replace, parsed);
    }

    private static async Task<AclServer> WithRootAsync(string rights)
    {
        var server = new AclServer();
        Assert.Equal(AccessOutcome.Done, await server.Store.OpenPublic().SetAccessAsync("", Grant(AccessIdentifier.User("john@example.com"), rights), None));
        return server;
    }

    [Fact]
    public async Task Nobody_sees_or_makes_any_before_the_administrator_gives_rights()
    {
        await using var server = new AclServer();
        await using var john = await server.LogInAsync("john");
        Assert.Equal("INBOX", await server.ListAsync(john));
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(john, "create Public/News"), StringComparison.Ordinal);
        Assert.StartsWith("NO [NONEXISTENT]", await server.EndAsync(john, "setacl Public john lra"), StringComparison.Ordinal);
        Assert.Equal(MailboxOutcome.Done, await server.Store.OpenPublic().CreateAsync("News", None));
        Assert.Equal("INBOX", await server.ListAsync(john));
        await server.HoldsSecretAsync(john, "select {0}", "Public/News");
        Assert.Equal(AccessOutcome.Done, await server.Store.OpenPublic().SetAccessAsync("News", Grant(AccessIdentifier.Anyone, "lr"), None));
        Assert.Equal("INBOX [Public] Public/News", await server.ListAsync(john));
        Assert.Contains("[READ-ONLY]", (await server.OkAsync(john, "select Public/News"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_k_on_the_root_makes_mailboxes_which_have_the_roots_rights()
    {
        await using var server = await WithRootAsync("lrswipkxtea");
        await using var john = await server.LogInAsync("john");
        await using var jane = await server.LogInAsync("jane");
        Assert.Equal("* MYRIGHTS \"Public\" lrswipkxteacd", (await server.OkAsync(john, "myrights Public"))[0]);
        await server.OkAsync(john, "create Public/News/Today");
        await server.OkAsync(john, "append Public/News/Today {12+}\r\nSubject: s\r\n");

        // Nobody owns it: there is no line for an owner, who would keep l and a.
        Assert.Equal("* ACL \"Public/News/Today\" john@example.com lrswipkxteacd", (await server.OkAsync(john, "getacl Public/News/Today"))[0]);
        Assert.Equal("* LISTRIGHTS \"Public/News/Today\" john@example.com \"\" l r s w i p k x t e a c d", (await server.OkAsync(john, "listrights Public/News/Today john@example.com"))[0]);
        Assert.StartsWith("NO [CANNOT] Public mailboxes have no owner", await server.EndAsync(john, "setacl Public/News/Today owner lr"), StringComparison.Ordinal);
        await server.OkAsync(john, "setacl Public/News/Today anyone lrs");
        Assert.Equal("INBOX [Public] [Public/News] Public/News/Today", await server.ListAsync(jane));
        await server.OkAsync(jane, "select Public/News/Today");
        await server.OkAsync(jane, "store 1 +flags \\Seen");
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(jane, "expunge"), StringComparison.Ordinal);
        await server.OkAsync(jane, "subscribe Public/News/Today");
        Assert.Equal("Public/News/Today", await server.ListAsync(jane, "lsub \"\" *"));
        await server.OkAsync(john, "rename Public/News/Today Public/Old");
        Assert.Equal("INBOX [Public] Public/Old", await server.ListAsync(jane));
        await server.OkAsync(john, "delete Public/Old");
        Assert.Equal("INBOX", await server.ListAsync(jane));
        await server.OkAsync(john, "setacl Public/ john lr".Replace("Public/", "Public", StringComparison.Ordinal));
        Assert.StartsWith("NO [NOPERM]", await server.EndAsync(john, "create Public/More"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select Public")]
    [InlineData("status Public (messages)")]
    [InlineData("delete Public")]
    [InlineData("rename Public Other")]
    [InlineData("append Public {12+}\r\nSubject: s\r\n")]
    [InlineData("create Public/INBOX")]
    [InlineData("create Public/INBOX/x")]
    [InlineData("create Public/../x")]
    [InlineData("select Public/INBOX")]
    public async Task The_root_is_no_mailbox_and_there_is_no_public_INBOX(string command)
    {
        await using var server = await WithRootAsync("lrswipkxtea");
        await using var john = await server.LogInAsync("john");
        Assert.StartsWith("NO ", await server.EndAsync(john, command), StringComparison.Ordinal);
        Assert.Equal("INBOX", await server.ListAsync(john));
    }

    [Fact]
    public async Task They_count_to_nobodys_quota()
    {
        await using var server = new AclServer(new MaildirStoreOptions { Quota = new MailQuota(1024, 1) });
        await server.Store.OpenPublic().SetAccessAsync("", Grant(AccessIdentifier.Anyone, "lrik"), None);
        await using var john = await server.LogInAsync("john");
        await server.OkAsync(john, "create Public/News");
        for (var i = 0; i < 3; i++)
            await server.OkAsync(john, "append Public/News {12+}\r\nSubject: s\r\n");
        Assert.Equal(["* QUOTAROOT \"Public/News\""], (await server.OkAsync(john, "getquotaroot Public/News"))[..^1]);
        Assert.Equal("* QUOTA \"User quota\" (STORAGE 0 1 MESSAGE 0 1)", (await server.OkAsync(john, "getquota \"User quota\""))[0]);
    }
}
