using MailOps.Server.Imap;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>ENABLE (RFC 5161), and what else enables CONDSTORE (RFC 7162 section 3.1).</summary>
public sealed class EnableTests
{
    [Fact]
    public async Task ENABLE_names_what_it_enabled_and_passes_over_the_rest_RFC5161_3_1()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.Equal("* ENABLED", (await client.RunAsync("a enable X-GOOD-IDEA IDLE"))[0]);
        Assert.Equal("* ENABLED CONDSTORE", (await client.RunAsync("b enable x-good-idea condstore Condstore"))[0]);
        Assert.Equal("* ENABLED", (await client.RunAsync("c enable CONDSTORE"))[0]);
        Assert.StartsWith("d BAD", (await client.RunAsync("d enable"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("e BAD", (await client.RunAsync("e enable (CONDSTORE)"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ENABLE_names_what_another_command_had_enabled_RFC5161_3_2()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a select INBOX (CONDSTORE)"));
        Assert.Equal("* ENABLED CONDSTORE", (await client.RunAsync("b enable CONDSTORE"))[0]);
    }

    [Fact]
    public async Task ENABLE_changes_no_CAPABILITY_RFC5161_3_1()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        var before = (await client.RunAsync("a capability"))[0];
        Ok(await client.RunAsync("b enable CONDSTORE"));
        Assert.Equal(before, (await client.RunAsync("a capability"))[0]);
    }

    [Theory]
    [InlineData("enable CONDSTORE")]
    [InlineData("fetch 1 MODSEQ")]
    [InlineData("uid fetch 1 (FLAGS modseq)")]
    public async Task The_first_enabling_command_tells_HIGHESTMODSEQ_and_from_then_on_FETCHes_tell_MODSEQ_RFC7162_3_1(string command)
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        await using var client = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        Ok(await other.RunAsync("a store 1 +flags \\Flagged"));
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Flagged))", (await client.RunAsync("b noop"))[0]);

        Assert.Equal("* OK [HIGHESTMODSEQ M] Highest", Assert.Single(Masked(Ok(await client.RunAsync("c " + command))), line => line.Contains("HIGHESTMODSEQ", StringComparison.Ordinal)));
        Assert.DoesNotContain(Ok(await client.RunAsync("d " + command)), line => line.Contains("HIGHESTMODSEQ", StringComparison.Ordinal));

        Ok(await other.RunAsync("e store 1 -flags \\Flagged"));
        Assert.Equal("* 1 FETCH (UID 1 FLAGS () MODSEQ (M))", Masked(await client.RunAsync("f noop"))[0]);
    }

    [Fact]
    public async Task SELECT_CONDSTORE_enables_and_HIGHESTMODSEQ_is_told_once_RFC7162_3_1_8()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(1);
        foreach (var command in new[] { "select", "examine" })
        {
            await using var other = await server.SelectAsync();
            Ok(await other.RunAsync("b store 1 flags ()"));
            await using var client = await server.LogInAsync();
            Assert.True(Highest(Ok(await client.RunAsync($"a {command} INBOX (condstore)"))) > 0);
            Ok(await other.RunAsync("c store 1 flags \\Seen"));
            Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (M))", Masked(await client.RunAsync("d noop"))[0]);
        }
    }

    [Theory]
    [InlineData("()")]
    [InlineData("(NONSENSE)")]
    [InlineData("(CONDSTORE CONDSTORE)")]
    [InlineData("(CONDSTORE")]
    [InlineData("(CONDSTORE) ")]
    [InlineData("CONDSTORE")]
    public async Task SELECT_refuses_other_parameters_RFC4466_2_1(string parameters)
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a select INBOX " + parameters))[^1], StringComparison.Ordinal);
        Assert.Equal("b BAD CHECK is not allowed before a mailbox is selected", (await client.RunAsync("b check"))[^1]);
    }

    [Fact]
    public async Task A_mailbox_that_is_left_for_another_is_CLOSED_RFC7162_3_2_11()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.DoesNotContain(Ok(await client.RunAsync("a select INBOX")), line => line.Contains("[CLOSED]", StringComparison.Ordinal));
        Assert.StartsWith("* OK [CLOSED] ", Ok(await client.RunAsync("b examine INBOX"))[0], StringComparison.Ordinal);
        Assert.StartsWith("* OK [CLOSED] ", (await client.RunAsync("c select Nowhere"))[0], StringComparison.Ordinal);
        Ok(await client.RunAsync("d select INBOX"));
        Assert.Single(Ok(await client.RunAsync("e close")));
        Assert.DoesNotContain(Ok(await client.RunAsync("f select INBOX")), line => line.Contains("[CLOSED]", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_extensions_differ_and_enable_something() =>
        Assert.All(Capability.Enableable, capability => Assert.NotEqual(ImapExtensions.None, capability.Enables));
}
