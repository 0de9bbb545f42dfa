using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>A mailbox that another program took away, or replaced by another: nobody is told that its messages were expunged.</summary>
public sealed class LostMailboxTests
{
    [Fact]
    public async Task A_directory_that_disappears_ends_the_session_without_an_EXPUNGE()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await SelectAsync(server);
        TakeAway(server);

        Assert.Equal(["b OK Nothing done", "* BYE The mailbox has disappeared or was replaced: nothing is said about its messages"], await LinesAfterAsync(client, "b NOOP"));
    }

    [Fact]
    public async Task IDLE_ends_when_the_directory_disappears()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await SelectAsync(server);
        await client.SendAsync("b IDLE\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        TakeAway(server);

        Assert.Equal(["* BYE The mailbox has disappeared or was replaced: nothing is said about its messages"], await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Another_mailbox_in_its_place_ends_the_session_too()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await SelectAsync(server);
        var box = TakeAway(server);
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(box, part));
        await File.WriteAllTextAsync(Path.Combine(box, "dovecot-uidlist"), "3 V1700000000 N1 G00112233445566778899aabbccddeeff\n", TestContext.Current.CancellationToken);

        Assert.StartsWith("* BYE The mailbox has disappeared", (await LinesAfterAsync(client, "b NOOP"))[^1], StringComparison.Ordinal);
    }

    private static async Task<ImapTestClient> SelectAsync(TestServer server)
    {
        var client = await ImapTestClient.ConnectAsync(server.Port(MailProtocol.Imap));
        await client.ReadLineAsync();
        await client.RunAsync("a LOGIN ann@example.com secret");
        await client.RunAsync("a CREATE Box");
        await client.SendAsync("a APPEND Box {15+}\r\nSubject: x\r\n\r\ny\r\n");
        await client.ReadToTagAsync("a");
        Assert.Contains("* 1 EXISTS", await client.RunAsync("a SELECT Box"));
        return client;
    }

    private static async Task<List<string>> LinesAfterAsync(ImapTestClient client, string command)
    {
        await client.SendAsync(command + "\r\n");
        return await client.ReadToEndAsync();
    }

    private static string TakeAway(TestServer server)
    {
        var box = Directory.GetDirectories(server.StorePath, ".Box", SearchOption.AllDirectories)[0];
        Directory.Move(box, Path.Combine(server.StorePath, "away"));
        return box;
    }
}
