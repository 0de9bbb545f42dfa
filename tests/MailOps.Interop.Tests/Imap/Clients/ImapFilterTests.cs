using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>imapfilter: rules in Lua, which search, flag, move and delete on the server.</summary>
public sealed class ImapFilterTests
{
    [Fact]
    public async Task Imapfilter_sorts_mail_by_rules()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("invoice 1", MessageFlags.None), ("invoice 2", MessageFlags.Seen), ("list: news", MessageFlags.None), ("spam", MessageFlags.None), ("boss", MessageFlags.None));
        await server.PutAsync("Work/Done", ("old", MessageFlags.Seen));
        await RunAsync(server, """
            local inbox = a.INBOX
            local all, recent, unseen, nextUid = inbox:check_status()
            assert(all == 5 and unseen == 4 and nextUid == 6)

            inbox:contain_subject('invoice'):move_messages(a['Work/Bills'])
            inbox:contain_subject('boss'):mark_flagged()
            inbox:contain_field('Subject', 'news'):add_flags({ '$Read_later' })
            assert(#inbox:has_keyword('$Read_later') == 1 and #inbox:has_unkeyword('$Read_later') == 2)
            inbox:has_keyword('$Read_later'):copy_messages(a['Work/Done'])
            inbox:contain_body('body of spam'):delete_messages()

            assert(#inbox:is_larger(100) == 2 and #inbox:is_smaller(100) == 0)
            assert(#inbox:sent_since('28-Nov-2026') == 2 and #inbox:sent_before('28-Nov-2026') == 0 and #inbox:arrived_since('01-Jan-2000') == 2)
            assert(#(inbox:is_flagged() + a['Work/Bills']:is_unseen()) == 2)
            assert(#(inbox:select_all() - inbox:is_flagged()) == 1)
            assert(#(inbox:is_unseen() * inbox:is_flagged()) == 1)
            assert(#inbox:match_header('(?m)^Subject: b.ss') == 1)

            local mailbox, uid = table.unpack(a['Work/Bills']:is_seen()[1])
            assert(mailbox[uid]:fetch_field('Subject') == 'Subject: invoice 2')
            assert(string.find(mailbox[uid]:fetch_body(), 'body of invoice 2'))
            local mailboxes, folders = a:list_all('Work')
            assert(#mailboxes == 2)
            a:rename_mailbox('Work/Done', 'Work/Erledigt')
            """);
        Assert.Equal(["list: news $Read_later", "boss \\Flagged"], await server.ShownAsync("INBOX"));
        Assert.Equal(["invoice 1", "invoice 2 \\Seen"], await server.ShownAsync("Work/Bills"));
        Assert.Equal(["old \\Seen", "list: news $Read_later"], await server.ShownAsync("Work/Erledigt"));
        server.CameByTls();
        server.NothingFaulted();
    }

    [Fact]
    public async Task Imapfilter_in_IDLE_hears_of_new_mail_and_files_it()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("before", MessageFlags.None));
        var run = RunAsync(server, """
            local told, event = a.INBOX:enter_idle()
            assert(told and event == 'EXISTS')
            a.INBOX:contain_subject('told'):move_messages(a.Filed)
            """);
        await server.WaitForAsync("IDLE");
        await server.DeliverAsync("told");
        await run;
        Assert.Equal(["before"], await server.ShownAsync("INBOX"));
        Assert.Equal(["told"], await server.ShownAsync("Filed"));
        server.CameByTls();
        server.NothingFaulted();
    }

    private static async Task RunAsync(ClientServer server, string rules)
    {
        var program = Peers.Require("imapfilter", "imapfilter");
        var script = server.Home.WriteSecret("rules.lua", FormattableString.Invariant($$"""
            options.timeout = 20
            options.starttls = true
            options.create = true
            options.subscribe = true
            a = IMAP { server = 'localhost', port = {{server.Port}}, username = '{{ClientServer.Account}}', password = '{{ClientServer.Password}}' }
            {{rules}}
            """));
        var said = (await server.RunAsync(program, ["-t", server.CertificateFile, "-c", script])).Succeeded();
        Assert.DoesNotContain("BAD", said.Error, StringComparison.Ordinal);
    }
}
