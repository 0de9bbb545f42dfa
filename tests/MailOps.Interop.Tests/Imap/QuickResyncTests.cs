using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>A client with CONDSTORE and QRESYNC that comes back after another session, or Dovecot on the same Maildir, has changed its mailbox (RFC 7162).</summary>
public sealed class QuickResyncTests
{
    [Fact]
    public async Task MailKit_comes_back_and_hears_what_another_session_did()
    {
        await using var server = await TestServer.StartAsync();
        await using var other = await ImapTestClient.LogInAsync(server.Port(MailProtocol.Imap));
        await AppendAsync(other, 5);
        uint validity;
        ulong highest;
        IList<UniqueId> uids;
        using (var client = await ConnectAsync(server))
        {
            await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
            Assert.True(client.Inbox.Supports(FolderFeature.ModSequences) && client.Inbox.Supports(FolderFeature.QuickResync));
            uids = await client.Inbox.SearchAsync(SearchQuery.All);
            (validity, highest) = (client.Inbox.UidValidity, client.Inbox.HighestModSeq);
            Assert.Equal(5, uids.Count);
            await client.DisconnectAsync(quit: true);
        }

        await OkAsync(other, "select INBOX", "uid store 2:3 +flags (\\Deleted)", "expunge", "uid store 4 +flags (\\Flagged $Work)");
        await AppendAsync(other, 1);

        using var again = await ConnectAsync(server);
        var inbox = again.Inbox;
        var vanished = new List<(uint Uid, bool Earlier)>();
        var changed = new Dictionary<uint, (MessageFlags Flags, ulong ModSeq)>();
        inbox.MessagesVanished += (_, e) => vanished.AddRange(e.UniqueIds.Select(uid => (uid.Id, e.Earlier)));
        inbox.MessageFlagsChanged += (_, e) => changed[e.UniqueId!.Value.Id] = (e.Flags, e.ModSeq ?? 0);
        await inbox.OpenAsync(FolderAccess.ReadWrite, validity, highest, uids);
        Assert.Equal([(2, true), (3, true)], vanished.Select(one => ((int)one.Uid, one.Earlier)));
        Assert.Equal([4u], changed.Keys);
        Assert.Equal(MessageFlags.Flagged, changed[4].Flags & ~MessageFlags.Recent);
        Assert.InRange(changed[4].ModSeq, highest + 1, inbox.HighestModSeq);
        Assert.Equal(4, inbox.Count);

        // While it is there.
        vanished.Clear();
        await OkAsync(other, "noop", "uid store 1 +flags (\\Deleted)", "expunge");
        await inbox.CheckAsync();
        Assert.Equal([(1u, false)], vanished);
        Assert.Equal(3, inbox.Count);
        var known = inbox.HighestModSeq;
        await OkAsync(other, "uid store 5 +flags.silent (\\Answered)");

        // Conditional: UID 5 was changed by the other, UID 4 was not.
        Assert.Equal([5u], (await inbox.StoreAsync([new UniqueId(4), new UniqueId(5)], new StoreFlagsRequest(StoreAction.Set, MessageFlags.Seen) { UnchangedSince = known })).Select(uid => uid.Id));
        Assert.Equal([4u, 5u], (await inbox.SearchAsync(SearchQuery.ChangedSince(known + 1))).Select(uid => uid.Id));
        Assert.Equal([4u, 5u], (await inbox.FetchAsync(0, -1, new FetchRequest(MessageSummaryItems.UniqueId | MessageSummaryItems.ModSeq) { ChangedSince = known })).Select(summary => summary.UniqueId.Id));
        await inbox.StatusAsync(StatusItems.HighestModSeq);
        await again.DisconnectAsync(quit: true);
    }

    [Fact]
    public async Task What_Dovecot_did_to_the_Maildir_meanwhile_is_told()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ImapTestClient.LogInAsync(server.Port(MailProtocol.Imap));
        await AppendAsync(client, 6);
        await OkAsync(client, "enable QRESYNC");
        var selected = await OkAsync(client, "select INBOX");
        var (validity, highest) = (Code(selected, "UIDVALIDITY"), Code(selected, "HIGHESTMODSEQ"));
        await OkAsync(client, "close");

        await using var dovecot = await Dovecot.StartAsync(server.StorePath);
        await using (var theirs = await ImapTestClient.LogInAsync(dovecot.Port))
        {
            await OkAsync(theirs, "select INBOX", "uid store 2,5 +flags (\\Deleted)", "uid store 3 +flags (\\Answered)", "expunge");
            await AppendAsync(theirs, 1);
        }

        selected = await OkAsync(client, $"select INBOX (QRESYNC ({validity} {highest}))");
        Assert.Equal(validity, Code(selected, "UIDVALIDITY"));
        var later = Code(selected, "HIGHESTMODSEQ");
        Assert.Contains("* 5 EXISTS", selected);
        Assert.Contains("* VANISHED (EARLIER) 2,5", selected);
        Assert.Equal(
            ["* 2 FETCH (UID 3 FLAGS (\\Answered) MODSEQ", "* 5 FETCH (UID 7 FLAGS () MODSEQ"],
            selected.Where(line => line.Contains(" FETCH ", StringComparison.Ordinal)).Select(line => line[..line.LastIndexOf(' ')].Replace("\\Recent", "", StringComparison.Ordinal)));

        // While both have it open.
        await dovecot.OwnAsync();
        await using (var theirs = await ImapTestClient.LogInAsync(dovecot.Port))
        {
            await OkAsync(theirs, "select INBOX", "uid store 4 +flags (\\Flagged)", "uid store 1 +flags (\\Deleted)", "uid expunge 1");
            await client.SendAsync("b idle\r\n");
            var awaited = new List<string> { "+ idling", "* VANISHED 1", "FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (" };
            while (awaited.Count > 0)
            {
                var line = await client.ReadLineAsync() ?? throw new IOException("The server hung up.");
                awaited.RemoveAll(part => line.Contains(part, StringComparison.Ordinal));
            }

            await client.SendAsync("DONE\r\n");
            Assert.StartsWith("b OK", (await client.ReadToTagAsync("b"))[^1], StringComparison.Ordinal);
        }

        Assert.Contains("* VANISHED (EARLIER) 1", await OkAsync(client, $"uid fetch 1:* (FLAGS) (CHANGEDSINCE {later} VANISHED)"));
    }

    private static ulong Code(IEnumerable<string> lines, string name)
    {
        var line = Assert.Single(lines, line => line.StartsWith($"* OK [{name} ", StringComparison.Ordinal));
        return ulong.Parse(line.Split(' ')[3].TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<List<string>> OkAsync(ImapTestClient client, params string[] commands)
    {
        List<string> lines = [];
        foreach (var command in commands)
        {
            lines = await client.RunAsync("a " + command);
            Assert.StartsWith("a OK", lines[^1], StringComparison.Ordinal);
        }

        return lines;
    }

    private static async Task AppendAsync(ImapTestClient client, int count)
    {
        for (var i = 0; i < count; i++)
            await OkAsync(client, "append INBOX {12+}\r\nSubject: s\r\n");
    }

    private static async Task<ImapClient> ConnectAsync(TestServer server)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Imap), SecureSocketOptions.StartTls);
        await client.AuthenticateAsync("john@example.com", "summersun");
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.CondStore | ImapCapabilities.QuickResync));
        await client.EnableQuickResyncAsync();
        return client;
    }
}
