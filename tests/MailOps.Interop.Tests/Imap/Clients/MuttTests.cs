using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>mutt and NeoMutt keep headers and modification sequences in a cache, and fetch only what changed.</summary>
public sealed class MuttTests
{
    /// <summary>The two, as they are called and as Debian calls them.</summary>
    public static TheoryData<string> Programs => ["mutt", "neomutt"];

    [Theory, MemberData(nameof(Programs))]
    public async Task Mutt_searches_saves_flags_deletes_and_resyncs(string name)
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None), ("three", MessageFlags.Seen), ("four", MessageFlags.None), ("five", MessageFlags.None));
        await server.PutAsync("Entwürfe");
        var read = server.Home.Of("read");
        // =h and =b are looked for by the server, ~s by the program.
        await RunAsync(
            server, name,
            $"<search>~s one<enter><pipe-message>cat > {read}<enter>",
            "<tag-pattern>=h 'Subject: two'<enter><tag-prefix><save-message><kill-line>=Archive<enter>",
            "<tag-pattern>=b 'body of three'<enter><tag-prefix><flag-message><untag-pattern>.<enter>",
            "<search>~s four<enter><copy-message><kill-line>=Entwürfe<enter>",
            "<search>~s four<enter><delete-message><sync-mailbox><quit>");
        Assert.Contains("body of one", await File.ReadAllTextAsync(read), StringComparison.Ordinal);
        Assert.Equal(2, server.Count("UID SEARCH"));
        Assert.Equal(["two"], Unmarked(await server.ShownAsync("Archive")));
        Assert.Equal(["four"], Unmarked(await server.ShownAsync("Entwürfe")));
        Assert.Equal(["one", "three \\Flagged \\Seen", "five"], Unmarked(await server.ShownAsync("INBOX")));

        // Others change what it has in its cache.
        await server.DoAsync("INBOX", async inbox =>
        {
            await inbox.AddFlagsAsync(0, MessageFlags.Deleted, silent: true);
            await inbox.ExpungeAsync();
            await inbox.AddFlagsAsync(1, MessageFlags.Flagged, silent: true);
            await inbox.RemoveFlagsAsync(0, MessageFlags.Flagged, silent: true);
            await ClientServer.AppendAsync(inbox, [("six", MessageFlags.None)]);
        });
        await RunAsync(
            server, name,
            // What is flagged now is "five", and "one" is gone.
            "<tag-pattern>~F<enter><tag-prefix><save-message><kill-line>=Flagged<enter>",
            "<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>=All<enter>",
            "<sync-mailbox><quit>");
        Assert.Equal(["five \\Flagged"], Unmarked(await server.ShownAsync("Flagged")));
        Assert.Equal(["five \\Flagged", "six", "three \\Seen"], Unmarked(await server.ShownAsync("All")).Order(StringComparer.Ordinal));
        Assert.Equal(["three \\Seen", "six"], Unmarked(await server.ShownAsync("INBOX")));

        // It asks once for what it changed last. Then HIGHESTMODSEQ tells that nothing is new (RFC 7162 section 3.1.2.1), and nothing is fetched.
        await RunAsync(server, name, "<quit>");
        var fetches = server.Count("FETCH") + server.Count("UID FETCH");
        await RunAsync(server, name, "<quit>");
        Assert.Equal(fetches, server.Count("FETCH") + server.Count("UID FETCH"));
        server.CameByTls();
        server.NothingFaulted();
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Mutt_keeps_what_it_sends_and_what_it_postpones(string name)
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("question", MessageFlags.None));
        await server.PutAsync("Sent");
        await server.PutAsync("Drafts");
        await RunAsync(server, name, "<mail>jane@example.com<enter>Größe<enter><send-message><quit>");
        Assert.Equal(["Größe \\Seen"], Unmarked(await server.ShownAsync("Sent")));

        // A reply is put off, and sent later.
        await RunAsync(server, name, "<reply><postpone-message><quit>");
        Assert.Equal(["Re: question"], Unmarked(await server.ShownAsync("Drafts")).Select(line => line.Replace(" \\Draft", "", StringComparison.Ordinal).Replace(" \\Seen", "", StringComparison.Ordinal)));
        await RunAsync(server, name, "<recall-message><send-message><sync-mailbox><quit>");
        Assert.Empty(await server.ShownAsync("Drafts"));
        Assert.Contains(Unmarked(await server.ShownAsync("Sent")), line => line.StartsWith("Re: question", StringComparison.Ordinal));
        server.CameByTls();
        server.NothingFaulted();
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Mutt_in_IDLE_shows_what_is_delivered_by_SMTP(string name)
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("before", MessageFlags.Seen));
        var program = Peers.Require(name, name);
        var settings = Settings(server, "set imap_idle=yes");
        await using var terminal = await Terminal.StartAsync(server.Home, $"'{program}' -n -F '{settings}' -f =INBOX");
        await terminal.WaitForAsync("before");
        await server.WaitForAsync("IDLE");
        await server.DeliverAsync("told");
        await terminal.WaitForAsync("told");
        await server.DoAsync("INBOX", inbox => inbox.AddFlagsAsync(0, MessageFlags.Flagged, silent: true));
        await terminal.WaitForAsync("Flag:1");
        await terminal.PressAsync("q");
        await terminal.WaitForEndAsync();
        server.CameByTls();
        server.NothingFaulted();
    }

    private static async Task RunAsync(ClientServer server, string name, params string[] keys)
    {
        var program = Peers.Require(name, name);
        var settings = Settings(server, $"push \"<first-entry>{string.Concat(keys)}\"");
        var run = await server.RunOnTerminalAsync($"'{program}' -n -F '{settings}' -f =INBOX");
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }

    // abort_unmodified: it goes by the file's time in whole seconds, and a quick editor may leave that as it was.
    private static string Settings(ClientServer server, string more) => server.Home.WriteSecret("muttrc", FormattableString.Invariant($"""
        set folder="imap://localhost:{server.Port}/"
        set imap_user="{ClientServer.Account}"
        set imap_pass="{ClientServer.Password}"
        set spoolfile="+INBOX"
        set ssl_starttls=yes
        set ssl_force_tls=yes
        set certificate_file="{server.CertificateFile}"
        set header_cache="{server.Home.Of("headers")}"
        set imap_condstore=yes
        set imap_qresync=yes
        set confirmcreate=no
        set confirmappend=no
        set delete=yes
        set move=no
        set sleep_time=0
        set timeout=1
        set mail_check=1
        set wait_key=no
        set auto_tag=no
        set quit=yes
        set wrap_search=yes
        set fast_reply=yes
        set autoedit=yes
        set abort_unmodified=no
        set edit_headers=no
        set editor="sed -i -e s/^/edited/"
        set include=yes
        set recall=no
        set from="{ClientServer.Account}"
        set record="=Sent"
        set postponed="=Drafts"
        set postpone=yes
        set copy=yes
        set sendmail="/bin/true"
        {more}

        """));

    // "Old" is a keyword of theirs.
    private static string[] Unmarked(string[] shown) => [.. shown.Select(line => line.Replace(" Old", "", StringComparison.Ordinal))];
}
