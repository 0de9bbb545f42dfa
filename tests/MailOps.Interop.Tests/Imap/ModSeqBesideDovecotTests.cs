using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>One dialogue about mod-sequences (RFC 7162) with two sessions, here and with Dovecot. What numbers are is each server's own; what is told is compared.</summary>
public sealed partial class ModSeqBesideDovecotTests
{
    // "a" and "b" are the sessions. {h}: the last HIGHESTMODSEQ that a SELECT told; {k}: one that was kept with "keep"; {v}: UIDVALIDITY; {m}: the last MODSEQ of a FETCH; {s}: one that was kept with "keep one".
    private static readonly string[] Dialogue =
    [
        "a enable CONDSTORE QRESYNC",
        "a select INBOX",
        "keep",
        "b select INBOX (CONDSTORE)",
        "a fetch 1:2 (MODSEQ)",
        "a fetch 1 (FLAGS UID MODSEQ) (CHANGEDSINCE {h})",
        "a store 1 +FLAGS (\\Seen)",
        "keep one",
        "b noop",
        "a uid store 1 +FLAGS (\\Seen)",
        "a store 2 +FLAGS.SILENT (\\Flagged)",
        "b noop",
        "b uid store 3 (UNCHANGEDSINCE {h}) +FLAGS.SILENT (\\Answered)",
        "a noop",
        "b uid store 1:3 (UNCHANGEDSINCE {h}) FLAGS (\\Draft)",
        "b store 1:4 (UNCHANGEDSINCE {h}) FLAGS.SILENT (\\Draft)",
        "b store 5 (UNCHANGEDSINCE 0) +FLAGS.SILENT (\\Seen)",
        "b store 5 (UNCHANGEDSINCE {m}) FLAGS (\\Seen)",
        "a noop",
        "a search MODSEQ {s}",
        "a uid search MODSEQ \"/flags/\\\\draft\" all {m}",
        "a search return (MIN MAX COUNT) MODSEQ {s}",
        "a search return (ALL) MODSEQ 9223372036854775807",
        "a search MODSEQ 9223372036854775807",
        "a status INBOX (HIGHESTMODSEQ)",
        "a fetch 1:* (FLAGS) (CHANGEDSINCE {h})",
        "a uid fetch 1:* (FLAGS) (CHANGEDSINCE {h} VANISHED)",
        "b store 2,4 +FLAGS.SILENT (\\Deleted)",
        "b expunge",
        "a search all",
        "a check",
        "b uid store 8 +FLAGS.SILENT (\\Deleted)",
        "b uid expunge 7:8",
        "a uid store 9 +FLAGS.SILENT (\\Deleted)",
        "a expunge",
        "b check",
        "a uid fetch 1:* (FLAGS) (CHANGEDSINCE {k} VANISHED)",
        "a uid fetch 1:5 (UID) (CHANGEDSINCE {k} VANISHED)",
        "a fetch 1:* (FLAGS) (CHANGEDSINCE {k} VANISHED)",
        "a uid fetch 1:* (FLAGS) (VANISHED)",
        "b uid fetch 1:* (FLAGS) (CHANGEDSINCE {k} VANISHED)",
        "a select INBOX (QRESYNC ({v} {k}))",
        "a select INBOX (QRESYNC ({v} {k} 1:4))",
        "a examine INBOX (QRESYNC ({v} {h} 1:4))",
        "a select INBOX (QRESYNC (1 {k} 1:4))",
        "a select INBOX (QRESYNC ({v} {k} 1:* ))",
        "b select INBOX (QRESYNC ({v} {k}))",
        "b store 1 (UNCHANGEDSINCE x) FLAGS ()",
        "a create Other",
        "a select inbox",
        "keep",
        "a uid store 1 +FLAGS.SILENT (\\Deleted)",
        "a close",
        "a select INBOX (QRESYNC ({v} {k}))",
        "a uid move 3 Other",
        "a select Other",
        "a unselect",
    ];

    // Where the two differ, and why.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["b noop"] = "With CONDSTORE alone Dovecot tells no UID; section 3.2.4 asks servers with QRESYNC for it.",
        ["b store 5 (UNCHANGEDSINCE {m}) FLAGS (\\Seen)"] = "As above.",
        ["b store 2,4 +FLAGS.SILENT (\\Deleted)"] = "As above.",
        ["a uid store 1 +FLAGS (\\Seen)"] = "A STORE that is not silent tells flags here, changed or not (RFC 3501 section 6.4.6).",
        ["b uid store 1:3 (UNCHANGEDSINCE {h}) FLAGS (\\Draft)"] = "What is left alone is told here, as section 3.1.3 recommends.",
        ["b store 1:4 (UNCHANGEDSINCE {h}) FLAGS.SILENT (\\Draft)"] = "As above.",
        ["b store 5 (UNCHANGEDSINCE 0) +FLAGS.SILENT (\\Seen)"] = "As above.",
        ["b expunge"] = "EXPUNGEs ascend here. With CONDSTORE alone HIGHESTMODSEQ is as one likes (section 3.2.7).",
        ["b uid expunge 7:8"] = "As above.",
        ["a search all"] = "Of a message whose expunge must wait Dovecot tells the flags first, and that HIGHESTMODSEQ is below.",
        ["a check"] = "And here that it is no longer.",
        ["a select INBOX (QRESYNC ({v} {k} 1:* ))"] = "A SELECT that is BAD leaves what was selected as it is.",
        ["b select INBOX (QRESYNC ({v} {k}))"] = "As above.",
        ["a select inbox"] = "As above: it is left now.",
    };

    [Fact]
    public async Task Both_tell_the_same_but_for_what_is_explained()
    {
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await SpeakAsync(dovecot.Port);
        var ours = await SpeakAsync(server.Port(MailProtocol.Imap));
        var differences = new StringBuilder();
        for (var i = 0; i < Dialogue.Length; i++)
        {
            if ((ours[i] == theirs[i]) == Known.ContainsKey(Dialogue[i]))
                differences.AppendLine().AppendLine(Dialogue[i]).AppendLine("  ours:").AppendLine(ours[i]).AppendLine("  theirs:").AppendLine(theirs[i]);
        }

        Assert.True(differences.Length == 0, "Not as explained:" + differences);
    }

    private static async Task<List<string>> SpeakAsync(int port)
    {
        await using var a = await ImapTestClient.LogInAsync(port);
        await using var b = await ImapTestClient.LogInAsync(port);
        for (var i = 0; i < 10; i++)
            await a.RunAsync("x append INBOX {12+}\r\nSubject: s\r\n");
        await a.RunAsync("x select INBOX");
        await a.RunAsync("x unselect");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var answers = new List<string>();
        foreach (var line in Dialogue)
        {
            if (line.StartsWith("keep", StringComparison.Ordinal))
            {
                values[line == "keep" ? "{k}" : "{s}"] = values[line == "keep" ? "{h}" : "{m}"];
                answers.Add("");
                continue;
            }

            var command = values.Aggregate(line, (text, pair) => text.Replace(pair.Key, pair.Value, StringComparison.Ordinal));
            var lines = await (line[0] == 'a' ? a : b).RunAsync(command);
            if (line.Contains(" select ", StringComparison.Ordinal))
                Keep(lines, HighestPattern(), "{h}");
            Keep(lines, ValidityPattern(), "{v}");
            Keep(lines, ModSeqPattern(), "{m}");
            answers.Add(string.Join('\n', Comparable(lines)));
        }

        return answers;

        void Keep(IEnumerable<string> lines, Regex pattern, string name)
        {
            if (lines.Select(line => pattern.Match(line)).LastOrDefault(match => match.Success) is { } found)
                values[name] = found.Groups["n"].Value;
        }
    }

    // Without what says nothing of mod-sequences, numbers masked, items and flags in one order.
    private static IEnumerable<string> Comparable(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var masked = MaskPattern().Replace(line, match => match.Groups["name"].Value + "M");
            var words = masked.Split(' ');
            if (words is ["*", _, "FETCH", ..])
            {
                var flags = FlagsPattern().Match(masked);
                var items = ItemPattern().Matches(masked).Select(match => match.Value).Order(StringComparer.Ordinal);
                yield return string.Create(CultureInfo.InvariantCulture, $"* {words[1]} FETCH {string.Join(' ', items)} {(flags.Success ? "FLAGS " + string.Join(' ', flags.Groups["flags"].Value.Split(' ').Where(flag => flag is not ("\\Recent" or "")).Order(StringComparer.Ordinal)) : "")}").TrimEnd();
            }
            else if (words is ["*", "OK", ..])
            {
                if (masked.Contains("[HIGHESTMODSEQ", StringComparison.Ordinal) || masked.Contains("[CLOSED", StringComparison.Ordinal) || masked.Contains("[NOMODSEQ", StringComparison.Ordinal))
                    yield return masked[..(masked.IndexOf(']', StringComparison.Ordinal) + 1)];
            }
            else if (words[0] != "*")
            {
                yield return CodePattern().Match(masked) is { Success: true } code ? $"{words[1]} {code.Value}" : words[1];
            }
            else if (words is not (["*", "FLAGS", ..] or ["*", _, "RECENT"]))
            {
                yield return masked.Replace("\"INBOX\"", "INBOX", StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex(@"\[HIGHESTMODSEQ (?<n>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HighestPattern();

    [GeneratedRegex(@"\[UIDVALIDITY (?<n>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidityPattern();

    [GeneratedRegex(@"FETCH .*MODSEQ \((?<n>\d+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ModSeqPattern();

    [GeneratedRegex(@"(?<name>MODSEQ \(?|COPYUID )\d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MaskPattern();

    [GeneratedRegex(@"FLAGS \((?<flags>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FlagsPattern();

    [GeneratedRegex(@"UID \d+|MODSEQ \(M\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ItemPattern();

    [GeneratedRegex(@"\[(MODIFIED|HIGHESTMODSEQ)[^\]]*\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodePattern();
}
