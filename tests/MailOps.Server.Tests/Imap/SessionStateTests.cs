using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>UNAUTHENTICATE (RFC 8437) and LANGUAGE (RFC 5255).</summary>
public sealed class SessionStateTests
{
    [Fact]
    public async Task Another_account_may_use_the_connection_and_finds_nothing_of_the_first_RFC8437_3_and_4_1()
    {
        await using var server = new ImapServer();
        server.Deliver("Subject: a\n\nb\n", MailOps.Maildir.SystemFlags.Deleted);
        await using var client = await server.ConnectAsync();
        Assert.DoesNotContain("UNAUTHENTICATE", client.Greeting, StringComparison.Ordinal);
        Assert.StartsWith("a BAD", (await client.RunAsync("a unauthenticate"))[^1], StringComparison.Ordinal);
        await client.RunAsync("b login john@example.com summersun");
        await client.RunAsync("c enable QRESYNC");
        await client.RunAsync("d select INBOX");
        await client.RunAsync("e search return (save) all");
        Assert.Contains("UNAUTHENTICATE", (await client.RunAsync("f capability"))[0], StringComparison.Ordinal);
        // All in one go, as a client may that uses no security layer of its own.
        await client.SendAsync("g unauthenticate\r\nh login jane@example.com summersun\r\n");
        Assert.Equal(["g OK Nobody is logged in"], await client.ReadToTagAsync("g"));
        Assert.StartsWith("h OK", (await client.ReadToTagAsync("h"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("i BAD", (await client.RunAsync("i search $"))[^1], StringComparison.Ordinal);
        var selected = await client.RunAsync("j select INBOX");
        Assert.Contains("* 0 EXISTS", selected);
        Assert.Equal("* SEARCH", (await client.RunAsync("k search $"))[0]);
        Assert.StartsWith("l BAD", (await client.RunAsync("l select INBOX (QRESYNC (1 1))"))[^1], StringComparison.Ordinal);
        // The messages of the first were not expunged by it.
        Assert.Single(server.Inbox.Messages);
    }

    [Fact]
    public async Task Who_logs_out_has_the_time_of_a_stranger_again()
    {
        var clock = new SteppedClock();
        await using var server = new ImapServer(clock: clock);
        await using var client = await server.LogInAsync();
        // In three steps longer than a stranger has, each shorter than the two minutes in which a reply is to be taken: it may be read here while the session still waits for that.
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(100));
            Assert.StartsWith("z OK", (await client.RunAsync("z noop"))[^1], StringComparison.Ordinal);
        }

        Assert.StartsWith("a OK", (await client.RunAsync("a unauthenticate"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.RunAsync("b noop"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("c OK", (await client.RunAsync("c login john@example.com summersun"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("d OK", (await client.RunAsync("d unauthenticate"))[^1], StringComparison.Ordinal);
        var rest = client.ReadToEndAsync();
        for (var minutes = 0; minutes < 20 && !rest.IsCompleted; minutes += 4)
        {
            clock.Advance(TimeSpan.FromMinutes(4));
            await Task.WhenAny(rest, Task.Delay(TimeSpan.FromMilliseconds(200)));
        }

        // Within the twenty minutes here, which is before the half hour of who is logged in.
        Assert.True(rest.IsCompleted);
        Assert.Contains(await rest, line => line.StartsWith("* BYE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_not_offered_above_compression()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.RunAsync("a compress deflate");
        client.Compress();
        Assert.DoesNotContain("UNAUTHENTICATE", (await client.RunAsync("b capability"))[0], StringComparison.Ordinal);
        Assert.StartsWith("c BAD", (await client.RunAsync("c unauthenticate"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("language", "* LANGUAGE (EN i-default)", "OK")]
    [InlineData("language en", "* LANGUAGE (EN)", "OK")]
    [InlineData("language fr-CA EN-CA", "* LANGUAGE (EN)", "OK")]
    [InlineData("language \"default\"", "* LANGUAGE (EN)", "OK")]
    [InlineData("language i-default", "* LANGUAGE (EN)", "OK")]
    [InlineData("language \"*\"", "* LANGUAGE (EN)", "OK")]
    [InlineData("language MUL", null, "NO")]
    [InlineData("language english", null, "NO")]
    [InlineData("language ", null, "BAD")]
    [InlineData("language (en)", null, "BAD")]
    public async Task English_is_spoken_RFC5255_3_2(string command, string? told, string outcome)
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        var replies = await client.RunAsync("a " + command);
        Assert.Equal(told is null ? [] : [told], replies.SkipLast(1));
        Assert.StartsWith("a " + outcome, replies[^1], StringComparison.Ordinal);
    }
}
