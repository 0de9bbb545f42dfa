using System.Globalization;
using MailOps.Core.Tests.Maildir.Kills;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>A client of Dovecot that changes its own messages in mailboxes which others share, and reports as the workers of the store do.</summary>
internal sealed class DovecotWriter(ImapTalk talk, Promises promises, string name, Random random)
{
    private const int MostMessages = 20;

    private static readonly string[] Shared = ["INBOX", "Work", "Archive"];
    private static readonly string[] Letters = ["\\Seen", "\\Flagged", "\\Answered", "alpha", "beta"];

    private readonly Dictionary<string, HashSet<string>> _mine = Shared.ToDictionary(mailbox => mailbox, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
    private int _changes;
    private int _messages;

    /// <summary>Works until it is told to stop; what it began is done by then.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var mailbox = Any(Shared);
            if (random.Next(3) == 0 && _mine.Values.Sum(texts => texts.Count) < MostMessages)
                await AppendAsync(mailbox);
            else if (_mine[mailbox].Count > 0)
                await ChangeAsync(mailbox);
        }
    }

    private async Task AppendAsync(string mailbox)
    {
        var text = $"{name}m{++_messages}";
        var flags = AnyFlags();
        var body = $"Subject: {text}\r\n\r\n{new string('x', random.Next(3000))}\r\nend of {text}\r\n";
        var number = Begin("append", text, mailbox, flags);
        var answer = await talk.AskAsync($"APPEND {mailbox} ({flags}) {{{body.Length.ToString(CultureInfo.InvariantCulture)}+}}\r\n{body}");
        Done(number, UidsIn(answer.Text, "APPENDUID"));
        _mine[mailbox].Add(text);
    }

    private async Task ChangeAsync(string mailbox)
    {
        var (uids, texts) = await SelectAsync(mailbox);
        var set = string.Join(',', uids);
        switch (random.Next(5))
        {
            case 0:
                var marked = Begin("store", [mailbox, "Add", "\\Deleted", .. texts]);
                await talk.AskAsync($"UID STORE {set} +FLAGS (\\Deleted)");
                Done(marked, []);
                var number = Begin("expunge", [mailbox, .. texts]);
                await talk.AskAsync("UID EXPUNGE " + set);
                Done(number, []);
                _mine[mailbox].ExceptWith(texts);
                break;
            case 1 or 2 when Any(Shared) is var target && target != mailbox && !texts.Exists(_mine[target].Contains):
                var isMove = random.Next(2) == 0;
                var transfer = Begin(isMove ? "move" : "copy", [mailbox, target, .. texts]);
                var answer = await talk.AskAsync($"UID {(isMove ? "MOVE" : "COPY")} {set} {target}");
                Done(transfer, UidsIn(isMove ? answer.Told.First(told => told.Contains("COPYUID", StringComparison.Ordinal)) : answer.Text, "COPYUID"));
                _mine[target].UnionWith(texts);
                if (isMove)
                    _mine[mailbox].ExceptWith(texts);
                break;
            default:
                var (change, sign) = Any([("Add", "+"), ("Remove", "-"), ("Replace", "")]);
                var flags = AnyFlags();
                var stored = Begin("store", [mailbox, change, flags, .. texts]);
                await talk.AskAsync($"UID STORE {set} {sign}FLAGS ({flags})");
                Done(stored, []);
                break;
        }
    }

    /// <summary>Selects a mailbox and chooses some of its own messages there, in the order of their UIDs.</summary>
    private async Task<(List<string> Uids, List<string> Texts)> SelectAsync(string mailbox)
    {
        var selected = await talk.AskAsync("SELECT " + mailbox);
        var validity = selected.Told.First(told => told.Contains("[UIDVALIDITY ", StringComparison.Ordinal)).Split(' ', ']')[2];
        var found = new List<(string Uid, string Text)>();
        foreach (var one in (await talk.AskAsync("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])")).Of("FETCH"))
        {
            // Flags of others are told in between.
            var items = (List<object>)one[2];
            if (!items.Contains("BODY[HEADER.FIELDS (SUBJECT)]"))
                continue;
            var uid = (string)items[items.IndexOf("UID") + 1];

            // Empty if another expunged the message meanwhile.
            var text = ((string)items[^1]).Trim().Replace("Subject: ", "", StringComparison.Ordinal);
            if (!_mine[mailbox].Contains(text))
                continue;
            promises.Take(name, ["uid", validity, uid, text]);
            found.Add((uid, text));
        }

        if (found.Count != _mine[mailbox].Count)
            throw new InvalidOperationException($"Dovecot shows {found.Count} of {_mine[mailbox].Count} messages of {name} in {mailbox}: {string.Join(' ', found)}; {string.Join(' ', _mine[mailbox])}.");
        List<(string Uid, string Text)> chosen = [.. found.Where(_ => random.Next(3) == 0).DefaultIfEmpty(found[0])];
        return (chosen.ConvertAll(one => one.Uid), chosen.ConvertAll(one => one.Text));
    }

    // [APPENDUID 38505 3955], [COPYUID 38505 304,319:320 3956:3958] (RFC 4315 section 3)
    private static string[] UidsIn(string text, string code)
    {
        var start = text.IndexOf(code, StringComparison.Ordinal);
        var fields = text[start..text.IndexOf(']', start)].Split(' ');
        return [fields[1], .. fields[^1].Split(',').SelectMany(Range)];
    }

    private static IEnumerable<string> Range(string range)
    {
        var ends = range.Split(':');
        for (var uid = uint.Parse(ends[0], CultureInfo.InvariantCulture); uid <= uint.Parse(ends[^1], CultureInfo.InvariantCulture); uid++)
            yield return uid.ToString(CultureInfo.InvariantCulture);
    }

    private string Begin(string kind, params string[] fields)
    {
        var number = (++_changes).ToString(CultureInfo.InvariantCulture);
        promises.Take(name, ["begin", number, kind, .. fields]);
        return number;
    }

    private void Done(string number, string[] answer) => promises.Take(name, ["done", number, .. answer]);

    private string AnyFlags() => string.Join(' ', Letters.Where(_ => random.Next(3) == 0));

    private T Any<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];
}
