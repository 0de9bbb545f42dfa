using MailOps.Maildir;
using MailOps.Maildir.Watching;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>What NOTIFY (RFC 5465) says where not all can be told.</summary>
public sealed class NotifyTroubleTests
{
    private const string Overflow = "* OK [NOTIFICATIONOVERFLOW] Some of what happened is lost, and no more is told: ask what you need, and NOTIFY again";

    private static readonly AccountChange Made = new(AccountChangeKind.Created, "Box");

    private static void Fail(ImapServer server, string operation) => server.Store.Before = name =>
    {
        if (name == operation)
            throw new MailStoreException(StoreFault.Broken, "The disk is gone.");
    };

    [Fact]
    public async Task More_than_is_kept_ends_it_and_is_said_RFC5465_5_8()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a notify set (personal (MailboxName))");
        var watch = Assert.Single(server.Store.Account(ImapServer.John).Watches);
        server.Store.Before = name =>
        {
            // The client is told of the first, and while it is the others come.
            for (var i = 0; name == "List" && i <= AccountWatch.MostChanges; i++)
                watch.Add(Made, by: null);
        };
        watch.Add(Made, by: null);
        Assert.Equal("* LIST (\\NonExistent \\HasNoChildren) \"/\" \"Box\"", await client.ReadLineAsync());
        Assert.Equal(Overflow, await client.ReadLineAsync());
        server.Store.Before = _ => { };
        Assert.Empty(server.Store.Account(ImapServer.John).Watches);
        Assert.Equal(["b OK Nothing done"], await client.RunAsync("b noop"));
    }

    [Fact]
    public async Task What_cannot_be_listed_ends_it_and_is_said_RFC5465_5_8()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a notify set (personal (MailboxName))");
        Fail(server, "List");
        server.Store.Account(ImapServer.John).Watches[0].Add(Made, by: null);
        Assert.Equal("b OK Nothing done", await AfterAsync(client, server));
        Assert.Empty(server.Store.Account(ImapServer.John).Watches);
    }

    [Fact]
    public async Task A_mailbox_that_cannot_be_looked_at_is_left_out()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        foreach (var mailbox in new[] { "One", "Two" })
            await client.RunAsync("a create " + mailbox);
        Fail(server, "Status One");
        var lines = await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge))");
        Assert.Equal(["* STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1000)", "* STATUS \"Two\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1000)", "a OK Told from now on"], lines);
        var account = server.Store.Account(ImapServer.John);
        account.Folder("One")!.Add([1], MessageFlagSet.None, null);
        account.Folder("Two")!.Add([1], MessageFlagSet.None, null);
        account.Watches[0].Touch("One");
        account.Watches[0].Touch("Two");
        Assert.Equal("* STATUS \"Two\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
        Assert.NotEmpty(server.Events.OfType<SessionFaulted>());
    }

    [Fact]
    public async Task What_fails_at_its_beginning_leaves_what_was_asked_before()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a notify set status (inboxes (MessageNew MessageExpunge))");
        Fail(server, "List");
        Assert.StartsWith("b NO [UNAVAILABLE] ", (await client.RunAsync("b notify set (personal (MessageNew MessageExpunge))"))[^1], StringComparison.Ordinal);
        server.Store.Before = _ => { };
        var account = server.Store.Account(ImapServer.John);
        server.Deliver("Subject: s\n\n");
        Assert.Single(account.Watches).Touch("INBOX");
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("notify none")]
    [InlineData("unauthenticate")]
    [InlineData("logout")]
    public async Task What_ends_it_watches_no_more(string command)
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a notify set (personal (MailboxName))");
        Assert.Single(server.Store.Account(ImapServer.John).Watches);
        Assert.StartsWith("b OK", (await client.RunAsync("b " + command))[^1], StringComparison.Ordinal);
        if (command == "logout")
            await client.ReadToEndAsync();
        await server.StopAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(server.Store.Account(ImapServer.John).Watches);
    }

    // What is said ahead of the answer is that no more is told.
    private static async Task<string?> AfterAsync(ImapTestClient client, ImapServer server)
    {
        Assert.Equal(Overflow, await client.ReadLineAsync());
        server.Store.Before = _ => { };
        var lines = await client.RunAsync("b noop");
        return Assert.Single(lines);
    }
}
