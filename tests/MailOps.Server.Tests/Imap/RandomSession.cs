using System.Text.RegularExpressions;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>A session that does things at random, while others do, and knows of mailboxes what it is told and nothing else.</summary>
internal sealed partial class RandomSession : IAsyncDisposable
{
    // Commands that may come right behind another, whatever that tells.
    private static readonly string[] MayWait = ["append", "expunge", "uid expunge", "uid fetch", "uid store"];

    private const int LinesInTranscript = 200;

    private readonly ModSeqServer _server;
    private readonly MessageLedger _ledger;
    private readonly Random _random;
    private readonly SessionManner _manner;
    private readonly AllowedResponses _allowed;
    private readonly Dictionary<string, MailboxModel> _models = new(StringComparer.Ordinal);
    private readonly Queue<string> _transcript = [];
    private readonly List<KeptResult> _kept = [];
    private StatusModel _others = new();
    private ImapTestClient _client;
    private string _mailbox = "";
    private bool _isReadOnly;
    private int _tag;

    private RandomSession(ModSeqServer server, ImapTestClient client, MessageLedger ledger, Random random)
    {
        (_server, _client, _ledger, _random) = (server, client, ledger, random);
        _manner = SessionManner.Any(random);
        _allowed = new AllowedResponses(_manner);
    }

    /// <summary>What it knows of the mailbox that it has selected; null if it has none.</summary>
    public MailboxModel? Model { get; private set; }

    public bool HasModSeqs => _manner.HasModSeqs;

    /// <summary>Its manner, and what was said last.</summary>
    public string Story => $"{_manner}\n{string.Join('\n', _transcript)}\n";

    public static async Task<RandomSession> BeginAsync(ModSeqServer server, MessageLedger ledger, int seed)
    {
        var session = new RandomSession(server, await server.LogInAsync(), ledger, new Random(seed));
        await session.EnterAsync();
        await session.SelectAsync("INBOX");
        return session;
    }

    /// <summary>Asks for what is not known yet, when nobody does anything any more, and holds the searches that it keeps against new ones.</summary>
    public async Task RestAsync()
    {
        // Who hears nothing of the mailbox that it has selected has it as it was.
        if (Model is null || _manner.Hearing == Hearing.OfOthersAlone)
            await SelectAsync(Model is null ? "INBOX" : _mailbox);
        if (Model is null)
            await SelectAsync("INBOX");
        await RunAsync("noop");
        await RunAsync($"uid fetch {Model!.Known.LastOrDefault() + 1}:* (FLAGS)");
        foreach (var kept in _kept)
        {
            var fresh = new KeptResult(NextTag, "");
            fresh.Hear((await RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, kept.Command, ""))).Lines);
            Assert.True(fresh.Numbers.SequenceEqual(kept.Numbers), $"{kept.Command}: {string.Join(' ', kept.Numbers)} is kept, {string.Join(' ', fresh.Numbers)} is there.");
        }
    }

    /// <summary>Reads what is told of mailboxes that are not selected until it is right, when nobody does anything any more.</summary>
    public async Task AgreeOnOthersAsync(IReadOnlyList<TrueMailbox> truth)
    {
        while (_manner.HearsOthers && ErrorOf(truth) is { } error)
        {
            string? line = null;
            try
            {
                line = await _client.ReadLineAsync();
            }
            catch (TimeoutException)
            {
                Assert.Fail(error);
            }

            Assert.NotNull(line);
            Hear("", Take([line]));
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private string NextTag => FormattableString.Invariant($"t{_tag + 1}");

    private string? ErrorOf(IReadOnlyList<TrueMailbox> truth)
    {
        if (!_others.Names.SetEquals(truth.Select(mailbox => mailbox.Name)))
            return $"There are {string.Join(' ', truth.Select(mailbox => mailbox.Name))}, and {string.Join(' ', _others.Names)} are known";
        string[] items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", .. _manner.HearsTheirFlags ? ["UNSEEN"] : Array.Empty<string>(), .. _manner is { HearsTheirFlags: true, HasModSeqs: true } ? ["HIGHESTMODSEQ"] : Array.Empty<string>()];
        return truth.Where(mailbox => mailbox.Name != _mailbox && mailbox.Model.UidValidity != Model?.UidValidity)
            .Select(mailbox => _others.Error(mailbox.Name, mailbox.Status, items)).FirstOrDefault(error => error is not null);
    }

    private async Task EnterAsync()
    {
        if (_manner.Enables.Length > 0)
            await RunAsync($"enable {_manner.Enables}");
        await NotifyAsync();
    }

    private async Task NotifyAsync()
    {
        if (_manner.Notify is { } notify)
            await RunAsync(notify);
        if (_manner.HearsOthers)
            await RunAsync("list \"\" *");
    }

    // The connection breaks.
    private async Task ComeBackAsync()
    {
        var mailbox = _mailbox;
        if (_random.Next(3) == 0)
            await _client.SendAsync(_random.Next(2) == 0 ? "x idle\r\n" : "x noop\r\nx list \"\" *\r\nx uid fetch 1:* (FLAGS)\r\n");
        await _client.DisposeAsync();
        _client = await _server.LogInAsync();
        _transcript.Enqueue("(comes back)");
        Leave();
        _others = new StatusModel();
        await EnterAsync();
        await SelectAsync(mailbox.Length > 0 ? mailbox : "INBOX");
    }

    // RFC 7162 section 3.2.5. After CLOSED it is another mailbox that is told of.
    private async Task SelectAsync(string mailbox)
    {
        var verb = _random.Next(6) == 0 ? "examine" : "select";
        if (!_models.TryGetValue(mailbox, out var model))
            _models[mailbox] = model = new MailboxModel(_manner.IsUidOnly);
        var resynchronizes = _manner.ComesBack && model.UidValidity > 0;
        var parameter = resynchronizes ? $" (QRESYNC ({model.UidValidity} {Math.Max(1, model.Highest)}{KnownOf(model)}))" : "";
        var answer = await AskAsync($"{verb} {mailbox}{parameter}", "NONEXISTENT");
        var end = answer.Told.FindIndex(told => told.Kind == UntaggedKind.Closed);
        Assert.True(Model is null ? end < 0 : end >= 0, "CLOSED is told when a mailbox is left.");
        Hear(verb, answer with { Told = answer.Told[..(end + 1)] });
        Leave();
        if (answer.IsOk)
            (Model, _mailbox, _isReadOnly) = (model, mailbox, verb == "examine");

        // What STATUS tells of it was told before it was selected.
        Hear(verb, answer with { Told = answer.Told[(end + 1)..] });
        _others.Enter(mailbox);
        if (!answer.IsOk)
        {
            Assert.Contains(mailbox, Passing);
            return;
        }

        Assert.Equal(_isReadOnly ? "READ-ONLY" : "READ-WRITE", answer.Code);
        await RunAsync($"uid fetch {model.Kept.LastOrDefault() + 1}:* (FLAGS{(HasModSeqs && _random.Next(2) == 0 ? " MODSEQ" : "")})");
        if (resynchronizes)
            model.Reconnected(isBusy: true);
    }

    private string KnownOf(MailboxModel model)
    {
        List<uint> known = model == Model ? [.. model.Known] : [.. model.Kept];
        if (known.Count == 0 || _random.Next(2) == 0 || (model == Model && _manner.HearsBetween))
            return "";
        if (_manner.IsUidOnly || _random.Next(2) == 0)
            return $" {string.Join(',', known)}";
        List<int> places = [.. Enumerable.Range(0, known.Count).Where(_ => _random.Next(2) == 0).DefaultIfEmpty(0)];
        return $" {string.Join(',', known)} ({string.Join(',', places.Select(place => place + 1))} {string.Join(',', places.Select(place => known[place]))})";
    }

    private void Leave()
    {
        if (Model is null)
            return;
        if (_manner.HearsOthers && Lasting.Contains(_mailbox))
            _others.Leave(_mailbox, Model.Uids.Count);
        if (_manner.ComesBack)
            Model.Disconnect();
        else
            Model.Forget();
        (Model, _mailbox) = (null, "");
        _kept.Clear();
    }

    private async Task<Answer> RunAsync(string command, params string[] refusals)
    {
        var answer = await AskAsync(command, refusals);
        Hear(VerbOf(command), answer);
        return answer;
    }

    private async Task<Answer> AskAsync(string command, params string[] refusals)
    {
        var tag = NextTag;
        _tag++;
        var isBehind = MayWait.Contains(VerbOf(command)) && _random.Next(6) == 0;
        Note($"C: {(isBehind ? "p noop, and behind it " : "")}{tag} {command}");
        await _client.SendAsync($"{(isBehind ? "p noop\r\n" : "")}{tag} {command}\r\n");
        if (isBehind)
            Hear("noop", Take((await ReadAsync("p"))[..^1]));
        var lines = await ReadAsync(tag);
        var end = EndPattern().Match(lines[^1]);
        Assert.True(end.Success, lines[^1]);
        var answer = Take(Untagged.Parse(lines[^1]) is null ? lines[..^1] : lines) with { IsOk = end.Groups["status"].Value == "OK", Code = end.Groups["code"].Value };
        Assert.True(answer.IsOk || refusals.Contains(answer.Code.Split(' ')[0]), $"{command}: {lines[^1]}");
        foreach (var told in answer.Told)
            Assert.True(_allowed.Has(told, VerbOf(command), Model is not null, [tag, .. _kept.Select(kept => kept.Tag)]), $"{command}: {told.Line}");
        return answer;
    }

    private async Task<List<string>> ReadAsync(string tag)
    {
        var lines = await _client.ReadToTagAsync(tag);
        lines.ForEach(Note);
        Assert.True(lines.Count > 0 && lines[^1].StartsWith(tag + " ", StringComparison.Ordinal), "The connection ended.");
        return lines;
    }

    private static Answer Take(List<string> lines) => new(lines.ConvertAll(line => Untagged.Parse(line) ?? throw new InvalidDataException($"What is this? {line}")));

    private void Hear(string verb, Answer answer)
    {
        foreach (var told in answer.Told)
        {
            Assert.True(verb is not ("" or "noop") || _allowed.Has(told, verb, Model is not null, [.. _kept.Select(kept => kept.Tag)]), $"{verb}: {told.Line}");
            if (told.Kind == UntaggedKind.Status)
                _others.HearStatus(told);
            if (told.Kind == UntaggedKind.List)
                _others.HearName(told);
        }

        if (Model is null)
            return;
        Model.Hear(answer.Told);
        _kept.ForEach(kept => kept.Hear(answer.Lines));
        foreach (var told in answer.Told)
        {
            if (told is { Kind: UntaggedKind.Fetch or UntaggedKind.UidFetch, Uid: { } uid, ModSeq: { } modSeq })
                _ledger.Saw(Model.UidValidity, uid, modSeq);
        }
    }

    private static string VerbOf(string command)
    {
        var words = command.Split(' ');
        return words[0] == "uid" ? $"uid {words[1]}" : words[0];
    }

    private void Note(string line)
    {
        _transcript.Enqueue(line);
        if (_transcript.Count > LinesInTranscript)
            _transcript.Dequeue();
    }

    [GeneratedRegex(@"^t\d+ (?<status>OK|NO) (\[(?<code>[^\]]+)\] )?.+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EndPattern();

    /// <summary>What came of a command.</summary>
    private sealed record Answer(List<Untagged> Told)
    {
        public bool IsOk { get; init; } = true;

        /// <summary>The response code at its end.</summary>
        public string Code { get; init; } = "";

        public IEnumerable<string> Lines => Told.Select(told => told.Line);
    }
}
