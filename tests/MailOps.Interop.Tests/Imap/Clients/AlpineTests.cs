using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>Alpine, on a terminal, by its keys.</summary>
public sealed class AlpineTests
{
    [Fact]
    public async Task Alpine_reads_saves_flags_deletes_expunges_and_lists()
    {
        var alpine = Peers.Require("alpine", "alpine");
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None), ("three", MessageFlags.None), ("four", MessageFlags.None));
        await server.PutAsync("Ordner/Größe");
        await using var terminal = await OpenAsync(server, alpine);
        await terminal.PressAsync("Enter");
        await terminal.WaitForAsync("body of one");
        await terminal.PressAsync("s");
        await terminal.WaitForAsync("SAVE Msg #1 to folder");
        await terminal.TypeAsync("Archive");
        await terminal.PressAsync("Enter");
        await terminal.WaitForAsync("doesn't exist.  Create?");
        await terminal.PressAsync("y");
        // What it says of its work may be gone before it is seen; the first line stays.
        await terminal.WaitForAsync("Message 1 of 4 ALL DEL");

        await terminal.PressAsync("n");
        await terminal.WaitForAsync("body of two");
        await terminal.PressAsync("*");
        await terminal.WaitForAsync("^T To Flag Details");
        await terminal.PressAsync("Enter");
        await terminal.PressAsync("n");
        await terminal.WaitForAsync("body of three");
        await terminal.PressAsync("d");
        await terminal.WaitForAsync("body of four");

        await terminal.PressAsync("<");
        await terminal.WaitForAsync("MESSAGE INDEX");
        await terminal.PressAsync("x");
        await terminal.WaitForAsync("Message 2 of 2");
        await terminal.PressAsync("l");
        Assert.Contains("Archive", await terminal.WaitForAsync("Ordner"), StringComparison.Ordinal);
        await terminal.PressAsync("q");
        await terminal.WaitForEndAsync();
        Assert.Equal(["two \\Flagged \\Seen", "four \\Seen"], await server.ShownAsync("INBOX"));
        Assert.Equal(["one \\Seen"], await server.ShownAsync("Archive"));
        server.CameByTls();
        server.NothingFaulted();
    }

    [Fact]
    public async Task Alpine_has_the_server_look_for_messages_and_deletes_them_together()
    {
        var alpine = Peers.Require("alpine", "alpine");
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("Größe 2", MessageFlags.None), ("größe 3", MessageFlags.None), ("four", MessageFlags.None));
        await using var terminal = await OpenAsync(server, alpine);
        await terminal.PressAsync(";");
        await terminal.WaitForAsync("SELECT criteria");
        await terminal.PressAsync("t");
        await terminal.WaitForAsync("Select based on");
        await terminal.PressAsync("s");
        await terminal.WaitForAsync("String in message SUBJECT");
        await terminal.TypeAsync("GRÖ");
        await terminal.PressAsync("Enter");
        await terminal.WaitForAsync("ZOOMED MESSAGE INDEX");
        await terminal.PressAsync("a");
        await terminal.WaitForAsync("APPLY command");
        await terminal.PressAsync("d");
        await terminal.PressAsync("x");
        await terminal.WaitForAsync("of 2");
        await terminal.PressAsync("q");
        await terminal.WaitForEndAsync();
        Assert.NotEqual(0, server.Count("SEARCH"));
        Assert.Equal(["one", "four"], await server.ShownAsync("INBOX"));
        server.CameByTls();
        server.NothingFaulted();
    }

    private static async Task<Terminal> OpenAsync(ClientServer server, string alpine)
    {
        var place = FormattableString.Invariant($"{{localhost:{server.Port}/user={ClientServer.Account}/tls/novalidate-cert}}");
        var settings = server.Home.Write(".pinerc", $"""
            user-domain=example.com
            inbox-path={place}INBOX
            default-fcc=
            postponed-folder=
            folder-collections=Mail {place}[]
            feature-list=quit-without-confirm,expunge-without-confirm,expunge-without-confirm-everywhere,enable-flag-cmd,disable-password-file-saving,enable-aggregate-command-set,auto-open-next-unread
            last-version-used=6.26
            personal-name=John

            """);
        var terminal = await Terminal.StartAsync(server.Home, $"'{alpine}' -p '{settings}' -i");
        await terminal.WaitForAsync("ENTER PASSWORD:");
        await terminal.TypeAsync(ClientServer.Password);
        await terminal.PressAsync("Enter");
        await terminal.WaitForAsync("Message 1 of 4");
        return terminal;
    }
}
