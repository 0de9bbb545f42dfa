using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>A session that does things at random, while others do, and knows of the mailbox what it is told and nothing else.</summary>
internal sealed class RandomSession : IAsyncDisposable
{
    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "$Work"];

    private readonly ModSeqServer _server;
    private readonly Random _random;
    private readonly SessionManner _manner;
    private ImapTestClient _client;
    private int _tag;

    private RandomSession(ModSeqServer server, ImapTestClient client, SessionManner manner, int seed) =>
        (_server, _client, _manner, _random) = (server, client, manner, new Random(seed));

    public MailboxModel Model { get; } = new();

    private bool HearsAtOnce => _manner is SessionManner.Notified or SessionManner.NotifiedByUid;

    private bool HearsBetween => HearsAtOnce || _manner == SessionManner.Delayed;

    private bool HearsByUid => _manner is SessionManner.Resynchronized or SessionManner.NotifiedByUid;

    public static async Task<RandomSession> BeginAsync(ModSeqServer server, SessionManner manner, int seed)
    {
        var session = new RandomSession(server, await server.LogInAsync(), manner, seed);
        await session.EnterAsync();
        await session.RunAsync("select INBOX");
        await session.RunAsync("uid fetch 1:* (FLAGS)");
        return session;
    }

    /// <summary>Does one thing.</summary>
    public async Task StepAsync()
    {
        var count = Model.Uids.Count;
        var number = count == 0 ? 0 : 1 + _random.Next(count);
        var uid = number == 0 ? 0 : Model.Uids[number - 1];
        var flag = Flags[_random.Next(Flags.Length)];
        var sign = "+-"[_random.Next(2)];
        switch (_random.Next(12))
        {
            case 0 or 1 when uid > 0:
                await RunAsync($"uid store {uid} {sign}flags ({flag})");
                break;
            case 2 when number > 0 && !HearsAtOnce:
                await RunAsync($"store {number} {sign}flags ({flag})");
                break;
            case 3 or 4:
                await RunAsync("append INBOX {12+}\r\nSubject: s\r\n");
                break;
            case 5 when uid > 0:
                await RunAsync($"uid store {uid} +flags (\\Deleted)");
                break;
            case 6:
                await RunAsync("expunge");
                break;
            case 7 when uid > 0 && count > 4:
                await RunAsync(_random.Next(2) == 0 ? $"uid move {uid} Archive" : $"uid copy {uid} INBOX");
                break;
            case 8 when number > 0 && !HearsAtOnce:
                await RunAsync($"fetch {number}:{count} (UID FLAGS)");
                break;
            case 9:
                await IdleAsync();
                break;
            case 10 when _manner == SessionManner.Resynchronized:
                await ComeBackAsync();
                break;
            default:
                await RunAsync(_random.Next(2) == 0 ? "noop" : "uid fetch 1:* (FLAGS)");
                break;
        }
    }

    /// <summary>Asks for what is not known yet, when nobody does anything any more.</summary>
    public async Task RestAsync()
    {
        await RunAsync("noop");
        await RunAsync($"uid fetch {Model.Known.LastOrDefault() + 1}:* (FLAGS)");
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task EnterAsync()
    {
        if (HearsByUid)
            Ok(await _client.RunAsync("e enable QRESYNC"));
        if (HearsAtOnce)
            Ok(await _client.RunAsync("e notify set (selected (MessageNew (uid flags) MessageExpunge FlagChange))"));
        if (_manner == SessionManner.Delayed)
            Ok(await _client.RunAsync("e notify set (selected-delayed (MessageNew (uid flags) MessageExpunge FlagChange))"));
    }

    private async Task RunAsync(string command)
    {
        var tag = FormattableString.Invariant($"t{++_tag}");
        var lines = await _client.RunAsync($"{tag} {command}");
        Assert.DoesNotMatch($"^{tag} BAD", lines[^1]);
        Assert.StartsWith(tag, lines[^1], StringComparison.Ordinal);
        Check(lines, isByNumber: command.Split(' ')[0] is "store" or "fetch");
    }

    private async Task IdleAsync()
    {
        await _client.SendAsync("i idle\r\n");
        var lines = new List<string>();
        while (await _client.ReadLineAsync() is { } line && line != "+ idling")
            lines.Add(line);

        // What was told before IDLE began follows the rules of between commands.
        Check(lines, isByNumber: true);
        if (_random.Next(2) == 0)
            await Task.Yield();
        await _client.SendAsync("done\r\n");
        Check(Ok(await _client.ReadToTagAsync("i")), isByNumber: false);
    }

    // RFC 3501 section 7.4.1, RFC 5465 section 6.1.2; RFC 7162 section 3.2.10.
    private void Check(List<string> lines, bool isByNumber)
    {
        var gone = lines.Where(line => line.EndsWith(" EXPUNGE", StringComparison.Ordinal) || line.StartsWith("* VANISHED", StringComparison.Ordinal)).ToList();
        if (isByNumber && !HearsAtOnce)
            Assert.Empty(gone);
        Assert.All(gone, line => Assert.Equal(HearsByUid, line.StartsWith("* VANISHED", StringComparison.Ordinal)));
        Model.Hear(lines);
    }

    private async Task ComeBackAsync()
    {
        await _client.DisposeAsync();
        _client = await _server.LogInAsync();
        Model.Disconnect();
        await EnterAsync();
        var known = Model.Kept;
        var uids = known.Count > 0 && _random.Next(2) == 0 ? $" {string.Join(',', known)}" : "";
        Model.Hear(Ok(await _client.RunAsync($"a select INBOX (QRESYNC ({Model.UidValidity} {Math.Max(1, Model.Highest)}{uids}))")));
        await RunAsync($"uid fetch {known.LastOrDefault() + 1}:* (FLAGS)");
        Model.Reconnected(isBusy: true);
    }
}
