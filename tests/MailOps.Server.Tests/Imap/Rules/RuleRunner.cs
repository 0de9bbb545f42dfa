using System.Globalization;
using System.Text.RegularExpressions;
using MailOps.Server.Imap;
using Xunit;

namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>Holds the dialogue of a rule with a server on a real Maildir.</summary>
internal sealed partial class RuleRunner
{
    private const string Closed = "(closed)";
    private const string Secured = "(TLS)";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ImapTestClient _client;
    private readonly ImapTestClient? _other;
    private readonly SteppedClock? _clock;
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);
    private List<string> _answers = [];
    private List<string> _toldToOther = [];
    private TimeSpan _silence;
    private int _next;
    private string _tag = "";
    private bool _isContinued;

    private RuleRunner(ImapTestClient client, ImapTestClient? other, SteppedClock? clock)
    {
        (_client, _other, _clock) = (client, other, clock);
        _answers = [client.Greeting];
    }

    public static async Task RunAsync(Rule rule)
    {
        // Without need of it the clock goes on, so that nothing waits for ever. What a client may take to read is as long as its silence: a clock
        // that is moved may find the server in either.
        var clock = rule.Dialogue.Any(line => line.StartsWith("T: ", StringComparison.Ordinal)) ? new SteppedClock() : null;
        var options = new ImapOptions();
        if (clock is not null)
            options = options with { TransferTimeout = options.IdleTimeout };
        await using var server = new ModSeqServer(options, allowPlaintext: !rule.Given.NeedsTls, clock: clock, secured: rule.Given.BeginsInTls);
        await using var other = rule.Given.NeedsTls ? null : await ConnectAsync(server, rule.Given);
        if (other is not null)
            await PrepareAsync(other, rule.Given.Messages);
        await using var client = await ConnectAsync(server, rule.Given);
        var runner = new RuleRunner(client, other, clock);
        foreach (var command in Before(rule.Given))
            ModSeqServer.Ok(await client.RunAsync(command));
        foreach (var line in rule.Dialogue)
            await runner.TakeAsync(line[..3], line[3..]);
    }

    private static async Task<ImapTestClient> ConnectAsync(ModSeqServer server, Given given)
    {
        var client = await ImapTestClient.ConnectAsync(server.Port);
        if (given.BeginsInTls)
            await client.SecureAsync();
        client.Greeting = await client.ReadLineAsync() ?? "";
        return client;
    }

    // The other client is the first to select INBOX: \Recent is told to it alone, so that the flags of a rule are those it sets.
    private static async Task PrepareAsync(ImapTestClient other, IEnumerable<string> messages)
    {
        ModSeqServer.Ok(await other.RunAsync("o login john@example.com summersun"));
        foreach (var text in messages.Select(message => message.ReplaceLineEndings("\r\n")))
            ModSeqServer.Ok(await other.RunAsync($"o append INBOX {{{text.Length}+}}\r\n{text}"));
        ModSeqServer.Ok(await other.RunAsync("o select INBOX"));
    }

    private static IEnumerable<string> Before(Given given)
    {
        if (given.Stage != Stage.Connected)
            yield return "l login john@example.com summersun";
        if (given.IsRev2)
            yield return "e enable IMAP4rev2";
        if (given.Stage == Stage.Selected)
            yield return "s select INBOX";
    }

    private async Task TakeAsync(string kind, string text)
    {
        switch (kind)
        {
            case "C: " when text == Secured:
                await _client.SecureAsync();
                break;
            case "C: ":
                await SendAsync(Filled(text));
                break;
            case "2: ":
                Assert.NotNull(_other);
                _toldToOther = ModSeqServer.Ok(await _other.RunAsync("o " + Filled(text)));
                break;
            case "T: ":
                _silence = TimeSpan.FromMinutes(int.Parse(text, CultureInfo.InvariantCulture));
                _clock!.Advance(_silence);
                break;
            case "W: ":
                await WaitAsync(text);
                break;
            case "S: " when text == Closed:
                Assert.Null(await _client.ReadLineAsync());
                break;
            case "S: ":
                var found = Find(_answers, text, _next);
                Assert.True(found >= 0, $"Not told, or not in its place: {text}\n{Told}");
                _next = found + 1;
                break;
            case "U: ":
                Assert.True(Find(_answers, text) >= 0, $"Not told: {text}\n{Told}");
                break;
            case "O: ":
                Assert.True(Find(_toldToOther, text) >= 0, $"Not told to the other client: {text}\n{string.Join('\n', _toldToOther)}");
                break;
            case "N: ":
                Assert.True(Find(_answers, text) < 0, $"Told: {text}\n{Told}");
                break;
            default:
                Assert.Fail($"A line of a dialogue begins with C, S, U, N, W, 2, O or T: {kind}{text}");
                break;
        }
    }

    private string Told => string.Join('\n', _answers);

    private async Task SendAsync(string text)
    {
        if (!_isContinued)
            _tag = text.Split(' ', '\t')[0];
        await _client.SendAsync(text + "\r\n");
        _answers = [];
        _next = 0;
        while (await _client.ReadLineAsync() is { } line)
        {
            _answers.Add(line);
            _isContinued = line.StartsWith('+');
            if (_isContinued || line.StartsWith(_tag + " ", StringComparison.Ordinal) || line.StartsWith("* BAD", StringComparison.Ordinal))
                return;
        }
    }

    // A server may look at its clock only after it was moved: then it moves once more.
    private async Task WaitAsync(string text)
    {
        do
        {
            var line = _client.ReadLineAsync();
            while (_clock is not null && await Task.WhenAny(line, Task.Delay(Patience / 3)) != line)
                _clock.Advance(_silence);
            Assert.True(await line is not null, $"The connection ended before this was told: {text}\n{Told}");
            _answers.Add((await line)!);
        }
        while (Find(_answers, text, _answers.Count - 1) < 0);
    }

    // Where the line is, from a place on; -1 if nowhere. What it names is known from then on.
    private int Find(List<string> lines, string pattern, int from = 0)
    {
        var escaped = Regex.Escape(pattern).Replace("…", ".*", StringComparison.Ordinal);
        var regex = new Regex("^" + NamePattern().Replace(escaped, Named) + "$", RegexOptions.Singleline | RegexOptions.NonBacktracking, Patience);
        for (var i = from; i < lines.Count; i++)
        {
            if (regex.Match(lines[i]) is not { Success: true } match)
                continue;
            foreach (var name in regex.GetGroupNames().Where(name => name != "0"))
                _known[name] = match.Groups[name].Value;
            return i;
        }

        return -1;
    }

    // A name after a quotation mark stands for all up to the next: the day of INTERNALDATE begins with a space on nine days of a month (RFC 9051 9, date-day-fixed).
    private string Named(Match found)
    {
        var (quote, name) = (found.Groups["quote"].Value, found.Groups["name"].Value);
        return quote + (_known.TryGetValue(name, out var value) ? Regex.Escape(value) : $"(?<{name}>{(quote.Length > 0 ? "[^\"]+" : "[^ )\\]]+")})");
    }

    private string Filled(string text) => NamePattern().Replace(text, found => found.Groups["quote"].Value + _known[found.Groups["name"].Value]);

    [GeneratedRegex("(?<quote>\"?)‹(?<name>[a-z]+)›", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();
}
