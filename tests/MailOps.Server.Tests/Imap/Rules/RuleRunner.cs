using System.Text.RegularExpressions;
using Xunit;

namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>Holds the dialogue of a rule with a server on a real Maildir.</summary>
internal sealed class RuleRunner
{
    private const string Closed = "(closed)";

    private readonly ImapTestClient _client;
    private readonly ImapTestClient _other;
    private List<string> _answers = [];
    private int _next;
    private string _tag = "";
    private bool _isContinued;

    private RuleRunner(ImapTestClient client, ImapTestClient other)
    {
        _client = client;
        _other = other;
    }

    public static async Task RunAsync(Rule rule)
    {
        await using var server = new ModSeqServer();
        await using var other = await server.LogInAsync();
        foreach (var message in rule.Given.Messages)
        {
            var text = message.ReplaceLineEndings("\r\n");
            ModSeqServer.Ok(await other.RunAsync($"o append INBOX {{{text.Length}+}}\r\n{text}"));
        }

        // \Recent is told to this session alone, so that the flags of a rule are those it sets.
        ModSeqServer.Ok(await other.RunAsync("o select INBOX"));
        await using var client = await server.ConnectAsync();
        var runner = new RuleRunner(client, other) { _answers = [client.Greeting] };
        foreach (var command in Before(rule.Given))
            ModSeqServer.Ok(await client.RunAsync(command));
        foreach (var line in rule.Dialogue)
            await runner.TakeAsync(line[..3], line[3..]);
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
            case "C: ":
                await SendAsync(text);
                break;
            case "2: ":
                ModSeqServer.Ok(await _other.RunAsync("o " + text));
                break;
            case "S: " when text == Closed:
                Assert.Null(await _client.ReadLineAsync());
                break;
            case "S: ":
                var found = _answers.FindIndex(_next, line => Matches(line, text));
                Assert.True(found >= 0, $"Not told, or not in its place: {text}\n{Told}");
                _next = found + 1;
                break;
            case "U: ":
                Assert.True(_answers.Exists(line => Matches(line, text)), $"Not told: {text}\n{Told}");
                break;
            case "N: ":
                Assert.False(_answers.Exists(line => Matches(line, text)), $"Told: {text}\n{Told}");
                break;
            default:
                Assert.Fail($"A line of a dialogue begins with C, S, U, N or 2: {kind}{text}");
                break;
        }
    }

    private string Told => string.Join('\n', _answers);

    private async Task SendAsync(string text)
    {
        if (!_isContinued)
            _tag = text.Split(' ')[0];
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

    private static bool Matches(string line, string pattern) =>
        Regex.IsMatch(line, "^" + Regex.Escape(pattern).Replace("…", ".*", StringComparison.Ordinal) + "$", RegexOptions.Singleline | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(10));
}
