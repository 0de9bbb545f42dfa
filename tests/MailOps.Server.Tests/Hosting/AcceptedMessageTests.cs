using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

public sealed class AcceptedMessageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_that_came_can_be_read_and_the_next_one_waited_for()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ConnectAsync(server);
        Assert.Empty(server.Server.Accepted.From(0, out var next, out var changed));
        Assert.False(changed.IsCompleted);
        await SendAsync(client, "ann@example.com", "one");
        await changed.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        await SendAsync(client, "ann@example.com", "two");

        var accepted = server.Server.Accepted.From(next, out next, out _);
        Assert.Equal(2, accepted.Count);
        Assert.Equal(2, next);
        Assert.Equal(["ann@example.com"], accepted[0].Accounts);
        foreach (var (message, subject) in accepted.Zip(["one", "two"]))
            Assert.EndsWith($"\r\nSubject: {subject}\r\n\r\nx\r\n", Encoding.UTF8.GetString((await server.Server.ReadMessageAsync(message, Cancel))!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clearing_empties_every_folder_keeps_accounts_and_tells_open_sessions()
    {
        await using var server = await TestServer.StartAsync();
        await using var smtp = await ConnectAsync(server);
        await SendAsync(smtp, "ann@example.com", "one");
        await SendAsync(smtp, "bob@example.com", "two");
        await using var imap = await server.ConnectAsync(MailProtocol.Imap);
        await imap.ReadLineAsync();
        await imap.AskAsync("a LOGIN ann@example.com x");
        Assert.StartsWith("b OK", await imap.AskAsync("b CREATE Archive"), StringComparison.Ordinal);
        await imap.SendAsync("c SELECT INBOX\r\n");
        while (!(await imap.ReadLineAsync())!.StartsWith("c OK", StringComparison.Ordinal))
        {
        }

        await imap.SendAsync("d COPY 1 Archive\r\n");
        Assert.StartsWith("d OK", await imap.ReadLineAsync(), StringComparison.Ordinal);
        var before = server.Server.Accepted.From(0, out _, out _)[0];

        Assert.Equal(2, await server.Server.ClearAsync(account => account.StartsWith("ann", StringComparison.Ordinal), Cancel));

        Assert.Equal("* 1 EXPUNGE", await imap.AskAsync("e NOOP"));
        Assert.StartsWith("e OK", await imap.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("* STATUS \"Archive\" (MESSAGES 0)", (await imap.AskAsync("f STATUS Archive (MESSAGES)"))!.Replace("STATUS Archive", "STATUS \"Archive\"", StringComparison.Ordinal));
        Assert.Empty(server.InboxFiles("ann@example.com"));
        Assert.Single(server.InboxFiles("bob@example.com"));
        Assert.Null(await server.Server.ReadMessageAsync(before, Cancel));
        Assert.Equal(["", "bob@example.com"], server.Server.Accepted.From(0, out var next, out _).Select(one => string.Join(' ', one.Recipients)));
        Assert.Equal(2, next);
    }

    private static async Task<LineClient> ConnectAsync(TestServer server)
    {
        var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        return client;
    }

    private static async Task SendAsync(LineClient client, string recipient, string subject)
    {
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        await client.AskAsync($"RCPT TO:<{recipient}>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync($"Subject: {subject}\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }
}
