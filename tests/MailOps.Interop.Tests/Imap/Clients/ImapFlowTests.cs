using MailKit;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>ImapFlow (npm), with which programs for Node read mail; it compresses, and enables IMAP4rev2, UTF8=ACCEPT, CONDSTORE and QRESYNC.</summary>
public sealed class ImapFlowTests
{
    private const string Place = "/opt/imapflow";

    [Fact]
    public async Task ImapFlow_appends_10_MiB_downloads_flags_moves_and_lists()
    {
        await using var server = await ClientServer.StartAsync();
        var big = ClientServer.Message("groß", size: 10 * 1024 * 1024);
        await File.WriteAllBytesAsync(server.Home.Of("big"), big);
        await RunAsync(server, """
            const big = fs.readFileSync(process.argv[4]);
            equal([...c.enabled].sort(), ['CONDSTORE', 'IMAP4REV2', 'QRESYNC', 'UTF8=ACCEPT']);
            equal((await c.mailboxCreate('Entwürfe')).created, true);
            equal((await c.mailboxCreate(['Arbeit', 'Ergebnisse & mehr'])).path, 'Arbeit/Ergebnisse & mehr');
            const added = await c.append('Entwürfe', big, ['\\Seen', '$Work'], new Date('2024-02-07T01:02:03Z'));
            equal([added.destination, added.uid], ['Entwürfe', 1]);
            let lock = await c.getMailboxLock('Entwürfe');
            equal(c.mailbox.exists, 1);
            equal(await c.search({ subject: 'groß' }), [1]);
            equal(await c.search({ or: [{ larger: 1e9 }, { keyword: '$Work', seen: true }], since: '2024-02-01' }, { uid: true }), [1]);
            equal(await c.search({ body: 'nirgends' }), []);
            const chunks = [];
            for await (const chunk of (await c.download('1')).content) chunks.push(chunk);
            equal(Buffer.concat(chunks).equals(big), true);
            equal(await c.messageFlagsAdd('1', ['\\Flagged', 'Läßt'.normalize('NFKD').replace(/[^A-Za-z]/g, '')]), true);
            equal(await c.messageFlagsRemove({ subject: 'groß' }, ['$Work']), true);
            const one = await c.fetchOne('1', { envelope: true, flags: true, bodyStructure: true, size: true, internalDate: true, emailId: true, threadId: true, headers: ['subject'], bodyParts: ['text'] });
            equal([one.envelope.subject, one.size, [...one.flags].sort(), one.bodyStructure.type, one.internalDate.toISOString()],
                ['groß', big.length, ['Lat', '\\Flagged', '\\Seen'], 'text/plain', '2024-02-07T01:02:03.000Z']);
            equal(one.emailId.length > 0 && big.indexOf(one.bodyParts.get('text')) > 0 && one.headers.includes('groß'), true);
            equal((await c.messageCopy('1', 'Arbeit/Ergebnisse & mehr')).uidMap.get(1), 1);
            equal((await c.messageMove('1', 'INBOX')).uidMap.get(1), 1);
            lock.release();
            equal((await c.mailboxRename('Entwürfe', 'Ablage/Entwürfe')).newPath, 'Ablage/Entwürfe');
            await c.mailboxSubscribe('Ablage/Entwürfe');
            const list = await c.list({ statusQuery: { messages: true, unseen: true, uidNext: true } });
            equal(list.filter(one => one.status).map(one => [one.path, one.subscribed, one.status.messages, one.status.unseen, one.status.uidNext]).sort(),
                [['Ablage/Entwürfe', true, 0, 0, 2], ['Arbeit/Ergebnisse & mehr', true, 1, 0, 2], ['INBOX', list[0].subscribed, 1, 0, 2]]);
            equal(list[0].specialUse, '\\Inbox');
            await c.mailboxDelete('Ablage/Entwürfe');
            """, server.Home.Of("big"));
        Assert.Equal(big, await server.OctetsAsync("INBOX", "groß"));
        Assert.Equal(["groß Lat \\Flagged \\Seen"], await server.ShownAsync("INBOX"));
        Assert.Equal(["groß Lat \\Flagged \\Seen"], await server.ShownAsync("Arbeit/Ergebnisse & mehr"));
        Assert.DoesNotContain("Ablage/Entwürfe", await server.MailboxesAsync());
        server.CameByTls();
        server.NothingFaulted();
    }

    [Fact]
    public async Task ImapFlow_in_IDLE_hears_of_new_mail_flags_and_expunges_and_catches_up_by_QRESYNC()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None), ("three", MessageFlags.None));
        var run = RunAsync(server, """
            let lock = await c.getMailboxLock('INBOX');
            equal(c.mailbox.exists, 3);
            const told = name => new Promise(resolve => c.once(name, resolve));
            const before = c.mailbox.highestModseq;
            const heard = Promise.all([told('exists'), told('flags'), told('expunge')]);
            const idle = c.idle();
            const [exists, flags, expunge] = await heard;
            equal([exists.path, exists.count, exists.prevCount], ['INBOX', 4, 3]);
            equal([...flags.flags].includes('\\Answered'), true);
            equal(expunge.vanished ? expunge.uid : expunge.seq, 1);
            const changed = [];
            for await (const one of c.fetch('1:*', { uid: true, flags: true }, { uid: true, changedSince: before })) changed.push([one.uid, [...one.flags].filter(flag => flag !== '\\Recent')]);
            equal(changed, [[2, ['\\Answered']], [4, []]]);
            equal(await c.messageDelete('4', { uid: true }), true);
            lock.release();
            """);
        await server.WaitForAsync("IDLE");
        await server.DeliverAsync("told");
        await server.DoAsync("INBOX", async inbox =>
        {
            await inbox.AddFlagsAsync(1, MessageFlags.Answered, silent: true);
            await inbox.AddFlagsAsync(0, MessageFlags.Deleted, silent: true);
            await inbox.ExpungeAsync();
        });
        await run;
        Assert.Equal(["two \\Answered", "three"], await server.ShownAsync("INBOX"));
        server.CameByTls();
        server.NothingFaulted();
    }

    private static async Task RunAsync(ClientServer server, string work, params string[] arguments)
    {
        if (!Directory.Exists(Path.Combine(Place, "node_modules/imapflow")))
            Peers.Miss("ImapFlow is not installed; install it with: npm install --prefix /opt/imapflow imapflow");
        var script = server.Home.Write("work.mjs", FormattableString.Invariant($$"""
            import { createRequire } from 'node:module';
            import { deepStrictEqual as equal } from 'node:assert';
            import fs from 'node:fs';
            const { ImapFlow } = createRequire('{{Place}}/')('imapflow');
            const said = [];
            const c = new ImapFlow({
                host: 'localhost', port: +process.argv[2], secure: false, doSTARTTLS: true, qresync: true,
                tls: { ca: fs.readFileSync(process.argv[3]) },
                auth: { user: '{{ClientServer.Account}}', pass: '{{ClientServer.Password}}' },
                logger: { debug: one => said.push(one.src + ' ' + one.msg), trace() {}, info() {}, warn: console.error, error: console.error },
            });
            try {
                await c.connect();
                equal(c.secureConnection, true);
                {{work}}
                await c.logout();
            } catch (e) {
                console.error(e, said.slice(-20).map(one => one.slice(0, 500)));
                process.exit(1);
            }
            """));
        var said = (await server.RunAsync(Peers.Require("node", "nodejs"), [script, FormattableString.Invariant($"{server.Port}"), server.CertificateFile, .. arguments])).Succeeded();
        Assert.Empty(said.Error);
    }
}
