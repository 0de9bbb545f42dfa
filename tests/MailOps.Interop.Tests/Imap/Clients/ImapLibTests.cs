using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>imaplib, with which Python's scripts read mail.</summary>
public sealed class ImapLibTests
{
    [Fact]
    public async Task Imaplib_appends_searches_sorts_threads_moves_and_copies()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("b", MessageFlags.None), ("Re: b", MessageFlags.Seen), ("a", MessageFlags.Flagged));
        var big = ClientServer.Message("big", size: 10 * 1024 * 1024);
        await File.WriteAllBytesAsync(server.Home.Of("big"), big);
        await RunAsync(server, """
            big = open(sys.argv[3], 'rb').read()
            ok(m.create('"Entw&APw-rfe"'))
            when = 1707267723
            ok(m.append('"Entw&APw-rfe"', r'(\Draft $Work)', imaplib.Time2Internaldate(when), big))
            assert [b'1'] == ok(m.select('"Entw&APw-rfe"'))
            (head, octets), end = ok(m.fetch('1', '(UID RFC822.SIZE INTERNALDATE BODY.PEEK[])'))
            assert octets == big and b'RFC822.SIZE %d ' % len(big) in head, head
            assert time.mktime(imaplib.Internaldate2tuple(head)) == when, head
            ok(m.unselect())

            assert [b'3'] == ok(m.select())
            assert [b'1 2'] == ok(m.uid('SEARCH', None, 'SUBJECT', 'b'))
            assert [b'3'] == ok(m.uid('SEARCH', 'CHARSET', 'UTF-8', 'FLAGGED'))
            m.literal = 'über'.encode()
            assert [b''] == ok(m.uid('SEARCH', 'CHARSET', 'UTF-8', 'SUBJECT'))
            assert [b'3 1 2'] == ok(m.sort('(SUBJECT)', 'UTF-8', 'ALL'))
            assert [b'3 1 2'] == ok(m.uid('SORT', '(SUBJECT ARRIVAL)', 'UTF-8', 'ALL'))
            for threads in (ok(m.thread('ORDEREDSUBJECT', 'UTF-8', 'ALL')), ok(m.uid('THREAD', 'REFERENCES', 'UTF-8', 'ALL'))):
                assert sorted(threads[0].replace(b')(', b')|(').split(b'|')) == [b'(1 2)', b'(3)'], threads
            ok(m.uid('STORE', '1', '+FLAGS', r'(\Answered $Work)'))
            ok(m.uid('MOVE', '1', '"Entw&APw-rfe"'))
            ok(m.copy('1', '"Entw&APw-rfe"'))
            ok(m.store('2', '+FLAGS', r'\Deleted'))
            # What MOVE expunged is still untold.
            expunged = ok(m.expunge())
            assert [b'1', b'2'] == expunged, expunged

            roots, quotas = ok(m.getquotaroot('INBOX'))
            assert [b'"INBOX"'] == roots and quotas == [None], (roots, quotas)
            assert b'(("" "/"))' in ok(m.namespace())[0]
            assert b'lr' in ok(m.myrights('INBOX'))[0]
            assert ok(m.status('"Entw&APw-rfe"', '(MESSAGES UNSEEN)')) == [b'"Entw&APw-rfe" (MESSAGES 3 UNSEEN 2)']
            ok(m.noop())
            """, server.Home.Of("big"));
        Assert.Equal(big, await server.OctetsAsync("Entwürfe", "big"));
        Assert.Equal(["big $Work \\Draft", "b $Work \\Answered", "Re: b \\Seen"], await server.ShownAsync("Entwürfe"));
        Assert.Equal(["Re: b \\Seen"], await server.ShownAsync("INBOX"));
        server.CameByTls();
        server.NothingFaulted();
    }

    // RFC 6855: from ENABLE on names are UTF-8, and what imaplib sends as well.
    [Fact]
    public async Task Imaplib_with_UTF8_names_mailboxes_as_people_do()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("grüße", MessageFlags.None), ("plain", MessageFlags.None));
        await RunAsync(server, """
            ok(m.enable('UTF8=ACCEPT'))
            ok(m.create('"Entwürfe"'))
            assert any(line.endswith('"Entwürfe"'.encode()) for line in ok(m.list())), m.list()
            ok(m.select())
            assert [b'1'] == ok(m.uid('SEARCH', 'SUBJECT', '"grüße"'))
            ok(m.uid('MOVE', '1', '"Entwürfe"'))
            ok(m.select('"Entwürfe"'))
            assert 'Subject: grüße'.encode() in ok(m.fetch('1', '(BODY[HEADER])'))[0][1]
            ok(m.close())
            ok(m.rename('"Entwürfe"', '"Entwürfe & mehr"'))
            """);
        Assert.Equal(["grüße \\Seen"], await server.ShownAsync("Entwürfe & mehr"));
        Assert.Equal(["plain"], await server.ShownAsync("INBOX"));
        server.CameByTls();
        server.NothingFaulted();
    }

    private static async Task RunAsync(ClientServer server, string work, params string[] arguments)
    {
        var script = server.Home.Write("work.py", FormattableString.Invariant($$"""
            import imaplib, ssl, sys, time
            def ok(answer):
                assert answer[0] == 'OK', answer
                return answer[1]
            m = imaplib.IMAP4('localhost', int(sys.argv[1]))
            ok(m.starttls(ssl.create_default_context(cafile=sys.argv[2])))
            ok(m.login('{{ClientServer.Account}}', '{{ClientServer.Password}}'))
            {{work}}
            assert m.logout()[0] == 'BYE'
            """));
        (await server.RunAsync(Peers.Require("python3", "python3"), [script, FormattableString.Invariant($"{server.Port}"), server.CertificateFile, .. arguments])).Succeeded();
    }
}
