using MailOps.Server.Connections;
using MailOps.Server.Imap;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>Long commands say that they are under way (INPROGRESS, RFC 9585). Here every command is one at once.</summary>
public sealed class ProgressTests
{
    private static readonly ImapOptions AtOnce = new() { ProgressInterval = TimeSpan.Zero };

    [Theory]
    [InlineData("search body x", "1 3|2 3|3 3")]
    [InlineData("search or deleted subject x", "1 3|2 3|3 3")]
    [InlineData("sort (subject) utf-8 all", "0 3|1 3|2 3")]
    [InlineData("uid thread references utf-8 all", "0 3|1 3|2 3")]
    [InlineData("search return (count) deleted", "")]
    [InlineData("sort (size) utf-8 all", "")]
    public async Task Searches_tell_how_far_they_are_RFC9585_4(string command, string expected)
    {
        await using var server = new ModSeqServer(AtOnce);
        await server.DeliverAsync(3);
        await using var client = await server.SelectAsync();
        var told = Ok(await client.RunAsync("a " + command)).Where(line => line.Contains("[INPROGRESS", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(state => $"* OK [INPROGRESS (\"a\" {state})] Still under way"), told);
    }

    [Theory]
    [InlineData("copy 1:* Other")]
    [InlineData("store 1:* +flags \\Seen")]
    [InlineData("move 1:* Other")]
    public async Task Changes_of_many_messages_say_that_they_are_under_way_RFC9585_4(string command)
    {
        await using var server = new ModSeqServer(new ImapOptions { ProgressInterval = TimeSpan.FromMilliseconds(1) });
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a create Other"));
        Ok(await client.RunAsync("a append INBOX " + string.Join(' ', Enumerable.Repeat("{5+}\r\na:1\r\n", 300))));
        Ok(await client.RunAsync("a select INBOX"));
        var told = Ok(await client.RunAsync("A1]'x " + command));
        Assert.Equal("* OK [INPROGRESS (\"A1]'x\" NIL NIL)] Still under way", told[0]);
    }

    [Theory]
    [InlineData("search body x")]
    [InlineData("search larger 1 text x")]
    public async Task A_client_that_hangs_up_ends_its_command(string command)
    {
        const int Messages = 2000;
        await using var server = new ImapServer(options: AtOnce);
        for (var i = 0; i < Messages; i++)
            server.Deliver("Subject: s\n\nText\n");
        await using var client = await server.SelectAsync();
        var opened = 0;
        using var isGone = new ManualResetEventSlim();
        server.Store.Before = name =>
        {
            if (name != "Open")
                return;
            Interlocked.Increment(ref opened);
            isGone.Wait(TestContext.Current.CancellationToken);
            // The other processor learns of it from the one that tells.
            Thread.Sleep(1);
        };
        await client.SendAsync($"a {command}\r\n");
        await client.DisposeAsync();
        isGone.Set();
        while (!server.Events.OfType<ConnectionClosed>().Any())
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.InRange(opened, 1, Messages - 1);
    }

    [Fact]
    public async Task INPROGRESS_is_announced_RFC9585_3()
    {
        await using var server = new ModSeqServer();
        await using var client = await server.LogInAsync();
        Assert.Contains(" INPROGRESS", (await client.RunAsync("a capability"))[0], StringComparison.Ordinal);
    }
}
