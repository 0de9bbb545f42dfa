using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>aerc, on a terminal, by its commands; between them it is always in IDLE.</summary>
public sealed class AercTests
{
    [Fact]
    public async Task Aerc_lists_reads_flags_moves_copies_deletes_and_searches_and_sees_new_mail()
    {
        var aerc = Peers.Require("aerc", "aerc");
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None), ("three", MessageFlags.None), ("four", MessageFlags.None));
        await server.PutAsync("Entwürfe", ("draft", MessageFlags.None));
        server.Home.WriteSecret(".config/aerc/accounts.conf", FormattableString.Invariant($"""
            [john]
            source = imap+insecure://{Uri.EscapeDataString(ClientServer.Account)}:{ClientServer.Password}@127.0.0.1:{server.Port}
            from = John <{ClientServer.Account}>
            default = INBOX

            """));
        await using var terminal = await Terminal.StartAsync(server.Home, $"'{aerc}' 2>/dev/null");
        foreach (var shown in new[] { "Entwürfe", "one", "four" })
            await terminal.WaitForAsync(shown);

        // The newest is on top, and chosen.
        await DoAsync("flag");
        await terminal.WaitForAsync("Setting flag 'flagged' successful");
        await DoAsync("view");
        await terminal.WaitForAsync("body of four");
        await DoAsync("close");
        await terminal.WaitForAsync("two");
        await DoAsync("next");
        await DoAsync("move -p Archive/2026");
        await terminal.WaitForAsync("Messages moved to Archive/2026");
        await terminal.WaitForEndOfAsync("three");
        await DoAsync("copy Entwürfe");
        await terminal.WaitForAsync("Messages copied.");
        await DoAsync("delete-message");
        await terminal.WaitForAsync("Messages deleted.");
        await terminal.WaitForEndOfAsync("two");

        await server.DeliverAsync("told");
        await terminal.WaitForAsync("told");
        await DoAsync("filter -b told");
        await terminal.WaitForEndOfAsync("one");
        await DoAsync("quit");
        await terminal.WaitForEndAsync();
        Assert.Equal(["one", "four \\Flagged \\Seen", "told"], await server.ShownAsync("INBOX"));
        Assert.Equal(["three"], await server.ShownAsync("Archive/2026"));
        Assert.Equal(["draft", "two"], await server.ShownAsync("Entwürfe"));
        server.NothingFaulted();

        async Task DoAsync(string command)
        {
            await terminal.TypeAsync(":" + command);
            await terminal.PressAsync("Enter");
        }
    }
}
