using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>COMPRESS=DEFLATE (RFC 4978).</summary>
public sealed class CompressTests
{
    private static async Task<ImapTestClient> CompressedAsync(ImapServer server)
    {
        var client = await server.SelectAsync();
        Assert.Equal(["c OK Compressed from here on"], await client.RunAsync("c compress deflate"));
        client.Compress();
        return client;
    }

    [Fact]
    public async Task Commands_replies_and_literals_go_both_ways()
    {
        await using var server = new ImapServer();
        await using var client = await CompressedAsync(server);
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => FormattableString.Invariant($"line {i}\r\n")));
        Assert.StartsWith("a OK", (await client.RunAsync(FormattableString.Invariant($"a append INBOX {{{text.Length + 2}+}}\r\n\r\n{text}")))[^1], StringComparison.Ordinal);
        Assert.Equal(FormattableString.Invariant($"* 1 FETCH (BODY[TEXT] {{{text.Length}}}\r\n{text})"), (await client.RunAsync("b fetch 1 body.peek[text]"))[0]);
        // Those that come together are answered together.
        await client.SendAsync("d noop\r\ne noop\r\nf noop\r\n");
        Assert.Equal(3, (await client.ReadToTagAsync("f")).Count);
        Assert.StartsWith("* BYE", (await client.RunAsync("g logout"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task IDLE_is_told_at_once()
    {
        await using var server = new ImapServer();
        await using var client = await CompressedAsync(server);
        await client.SendAsync("a idle\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        server.Deliver("Subject: new\n\n.\n");
        Assert.Equal("* 1 EXISTS", await client.ReadLineAsync());
        await client.SendAsync("DONE\r\n");
        Assert.StartsWith("a OK", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_offered_after_login_and_once()
    {
        await using var server = new ImapServer();
        await using var stranger = await server.ConnectAsync();
        Assert.DoesNotContain("COMPRESS", stranger.Greeting, StringComparison.Ordinal);
        Assert.StartsWith("a BAD", (await stranger.RunAsync("a compress deflate"))[^1], StringComparison.Ordinal);
        await using var loggedIn = await server.LogInAsync();
        Assert.Contains("COMPRESS=DEFLATE", (await loggedIn.RunAsync("a capability"))[0], StringComparison.Ordinal);
        foreach (var bad in new[] { "compress", "compress gzip", "compress deflate now" })
            Assert.StartsWith("b BAD", (await loggedIn.RunAsync("b " + bad))[^1], StringComparison.Ordinal);
        await using var client = await CompressedAsync(server);
        Assert.DoesNotContain("COMPRESS", (await client.RunAsync("a capability"))[0], StringComparison.Ordinal);
        Assert.StartsWith("b BAD", (await client.RunAsync("b compress deflate"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_before_the_answer_ends_the_connection()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.SendAsync("a compress deflate\r\nb noop\r\n");
        Assert.Equal(["a OK Compressed from here on"], await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Octets_that_are_not_compressed_end_the_connection_and_no_fault_is_told()
    {
        await using var server = new ImapServer();
        await using var client = await CompressedAsync(server);
        await client.SendRawAsync([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        Assert.Empty(await client.ReadToEndAsync());
        await using var other = await server.LogInAsync();
        Assert.DoesNotContain(server.Events, told => told is SessionFaulted);
    }

    [Fact]
    public async Task A_command_that_is_long_only_once_it_is_inflated_is_too_long()
    {
        await using var server = new ImapServer();
        await using var client = await CompressedAsync(server);
        await client.SendAsync("a " + new string('x', 1024 * 1024) + "\r\n");
        Assert.StartsWith("* BYE The command is longer", (await client.ReadToEndAsync())[0], StringComparison.Ordinal);
    }
}
