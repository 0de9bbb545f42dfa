using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>Three sessions change a mailbox at random, and each knows of it only what it is told: one with QRESYNC, one with CONDSTORE, and one with neither.</summary>
public sealed class ManySessionsTests
{
    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "$Work"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Numbers_never_lie_and_who_comes_back_knows_all_RFC7162_3_2_and_6(int seed)
    {
        var random = new Random(seed);
        await using var server = new ModSeqServer();
        await server.DeliverAsync(6);
        await using var quick = await Party.JoinAsync(server, "enable QRESYNC", "create Archive");
        await using var store = await Party.JoinAsync(server, "enable CONDSTORE");
        await using var plain = await Party.JoinAsync(server);
        Party[] parties = [quick, store, plain];
        for (var turn = 1; turn <= 100; turn++)
        {
            await ActAsync(parties[random.Next(3)], random);
            if (random.Next(4) == 0)
                await quick.ComeBackAsync(server, random);
            if (turn % 10 != 0)
                continue;
            foreach (var party in parties)
                await party.RunAsync("noop");
            await AgreeAsync(server, parties);
        }

        await quick.ComeBackAsync(server, random);
        await AgreeAsync(server, quick);
    }

    private static async Task ActAsync(Party party, Random random)
    {
        var count = party.Model.Uids.Count;
        var number = count == 0 ? 0 : 1 + random.Next(count);
        var flag = Flags[random.Next(Flags.Length)];
        switch (random.Next(9))
        {
            case 0 or 1 when number > 0:
                await party.StoreAsync(number, random.Next(2) == 0, flag, byUid: random.Next(2) == 0, isConditional: random.Next(2) == 0);
                break;
            case 2:
                await party.RunAsync("append INBOX {12+}\r\nSubject: s\r\n");
                break;
            case 3 when number > 0:
                await party.RunAsync($"store {number} +flags (\\Deleted)");
                break;
            case 4:
                await party.RunAsync("expunge");
                break;
            case 5 when number > 0 && count > 3:
                await party.RunAsync($"move {number} Archive");
                break;
            case 6:
                await party.RunAsync("uid fetch 1:* (FLAGS)");
                break;
            case 7 when number > 0:
                await party.RunAsync($"fetch {number}:{count} (UID FLAGS{(party.KnowsModSeqs ? " MODSEQ" : "")})");
                break;
            default:
                await party.RunAsync(random.Next(2) == 0 ? "search all" : "noop");
                break;
        }
    }

    // Nothing was changed since all were told.
    private static async Task AgreeAsync(ModSeqServer server, params Party[] parties)
    {
        var truth = new MailboxModel();
        await using var reader = await server.LogInAsync();
        truth.Hear(Ok(await reader.RunAsync("a examine INBOX")));
        truth.Hear(Ok(await reader.RunAsync("b uid fetch 1:* (FLAGS MODSEQ)")));
        foreach (var party in parties)
        {
            await party.RunAsync($"uid fetch {party.Model.Known.LastOrDefault() + 1}:* (FLAGS)");
            Assert.Equal(truth.Messages, party.Model.Messages);
            if (!party.KnowsModSeqs)
                continue;
            Assert.All(party.Model.ModSeqs, pair => Assert.Equal(truth.ModSeqs[pair.Key], pair.Value));
            Assert.InRange(party.Model.Highest, 0ul, truth.Highest);
        }
    }

    private sealed class Party(ImapTestClient client, string[] before) : IAsyncDisposable
    {
        private ImapTestClient _client = client;

        public MailboxModel Model { get; } = new();

        public bool KnowsModSeqs => before.Length > 0;

        public static async Task<Party> JoinAsync(ModSeqServer server, params string[] before)
        {
            var party = new Party(await server.LogInAsync(), before);
            foreach (var command in before)
                await party.RunAsync(command);
            await party.RunAsync("select INBOX");
            await party.RunAsync("uid fetch 1:* (FLAGS)");
            return party;
        }

        public async Task<List<string>> RunAsync(string command)
        {
            var lines = await _client.RunAsync("a " + command);
            Assert.DoesNotMatch("^a BAD", lines[^1]);
            var isByNumber = command.Split(' ')[0] is "store" or "fetch" or "search";
            Assert.DoesNotContain(isByNumber ? lines : [], line => line.Contains("VANISHED", StringComparison.Ordinal) || line.EndsWith(" EXPUNGE", StringComparison.Ordinal));
            Model.Hear(lines);
            return lines;
        }

        public async Task StoreAsync(int number, bool isAdded, string flag, bool byUid, bool isConditional)
        {
            var uid = Model.Uids[number - 1];
            byUid &= uid > 0;
            var condition = isConditional && KnowsModSeqs ? $" (UNCHANGEDSINCE {Model.Highest})" : "";
            var lines = await _client.RunAsync($"a {(byUid ? $"uid store {uid}" : $"store {number}")}{condition} {(isAdded ? '+' : '-')}flags.silent ({flag})");

            // What is not told is what was asked for.
            if (uid > 0 && !lines[^1].Contains("MODIFIED", StringComparison.Ordinal))
                Model.Change(uid, flag, isAdded);
            Model.Hear(lines);
        }

        /// <summary>The connection breaks, and another one asks for what it missed.</summary>
        public async Task ComeBackAsync(ModSeqServer server, Random random)
        {
            await _client.DisposeAsync();
            _client = await server.LogInAsync();
            Model.Disconnect();
            Ok(await _client.RunAsync("a enable QRESYNC"));
            var known = Model.Kept;
            var uids = known.Count > 0 && random.Next(2) == 0 ? $" {string.Join(',', known)}" : "";
            Model.Hear(Ok(await _client.RunAsync($"a select INBOX (QRESYNC ({Model.UidValidity} {Model.Highest}{uids}{Match(known, random)}))")));
            await RunAsync($"uid fetch {known.LastOrDefault() + 1}:* (FLAGS)");
            Model.Reconnected();
        }

        public ValueTask DisposeAsync() => _client.DisposeAsync();

        // The client's own numbers, which may be others by now.
        private static string Match(IReadOnlyList<uint> known, Random random)
        {
            if (known.Count == 0 || random.Next(2) == 0)
                return "";
            var places = Enumerable.Range(0, known.Count).Where(_ => random.Next(2) == 0).DefaultIfEmpty(0).ToList();
            return $" ({string.Join(',', places.Select(place => place + 1))} {string.Join(',', places.Select(place => known[place]))})";
        }
    }
}
