using System.Text;
using System.Text.RegularExpressions;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>APPENDs in every form, beside Dovecot's answers and what is in the mailbox afterwards.</summary>
public sealed partial class AppendBesideDovecotTests
{
    private const string Parts =
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9 =\r\nlong\r\nline\r\n"
        + "--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQ=\r\n--x\r\nContent-Type: text/plain\r\n\r\nplain text\r\n--x--\r\n";

    private static readonly string[] Commands =
    [
        "append INBOX \"20-Feb-1994 01:02:03 +0000\" {12+}\r\nSubject: a\r\n",
        "append INBOX (\\Seen) \"17-Feb-1994 21:52:25 -0800\" {12+}\r\nSubject: b\r\n (\\Flagged $Work) \"18-Feb-1994 21:52:25 +0100\" {12+}\r\nSubject: c\r\n",
        "append INBOX \"20-Feb-1994 01:02:03 +0000\" {12+}\r\nSubject: d\r\n \"20-Feb-1994 01:02:03 +0000\" {12+}\r\nSubject: e\r\n \"20-Feb-1994 01:02:03 +0000\" {12+}\r\nSubject: f\r\n",
        "append INBOX {12+}\r\nSubject: g\r\n {0+}\r\n",
        "append Nowhere {12+}\r\nSubject: g\r\n {12+}\r\nSubject: h\r\n",
        "append INBOX {12+}\r\nSubject: g\r\n (\\Seen)",
        $"append INBOX \"20-Feb-1994 01:02:03 +0000\" ~{{{Parts.Length}+}}\r\n{Parts}",
        "append INBOX \"20-Feb-1994 01:02:03 +0000\" CATENATE (URL /INBOX/;UID=7/;SECTION=1.MIME TEXT {4+}\r\nabc\n URL /INBOX/;UID=7/;SECTION=3)",
        "append INBOX \"20-Feb-1994 01:02:03 +0000\" CATENATE (URL \"/INBOX/;UID=7/;SECTION=HEADER\" URL /INBOX/;UID=7/;SECTION=3/;PARTIAL=2.5)",
        "append INBOX \"20-Feb-1994 01:02:03 +0000\" CATENATE (URL /INBOX/;UID=7) \"20-Feb-1994 01:02:03 +0000\" {12+}\r\nSubject: z\r\n",
        "append INBOX CATENATE (URL /INBOX/;UID=99)",
        "append INBOX CATENATE (TEXT {3+}\r\nabc URL /Nowhere/;UID=1)",
        "append INBOX CATENATE (URL /INBOX;UIDVALIDITY=1/;UID=1)",
    ];

    private static readonly string[] Binary =
    [
        "binary.peek[1]", "binary.size[1]", "binary.peek[1]<3.5>", "binary.peek[2]", "binary.peek[2]<1.3>", "binary.size[2]", "binary.peek[3]", "binary.peek[3]<2.9>", "(binary.size[1] binary.size[3])",
    ];

    [Fact]
    public async Task Both_answer_the_same_and_keep_the_same()
    {
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await AnswersAsync(dovecot.Port);
        var ours = await AnswersAsync(server.Port(MailProtocol.Imap));
        var differences = new StringBuilder();
        for (var i = 0; i < ours.Count; i++)
        {
            if (ours[i] != theirs[i])
                differences.AppendLine().AppendLine(i < Commands.Length ? Commands[i] : i < ours.Count - 1 ? Binary[i - Commands.Length] : "what is kept").AppendLine("ours:   " + ours[i]).AppendLine("theirs: " + theirs[i]);
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static async Task<List<string>> AnswersAsync(int port)
    {
        await using var client = await ImapTestClient.LogInAsync(port);
        var answers = new List<string>();
        foreach (var command in Commands)
        {
            await client.SendAsync(Encoding.Latin1.GetBytes($"d {command}\r\n"));
            var answer = (await client.ReadToTagAsync("d"))[^1];

            // The status, and the codes with a meaning of their own; the words are each server's.
            answers.Add(AnswerPattern().Match(answer) is { Success: true } match ? $"{match.Groups["status"].Value} {match.Groups["code"].Value} {match.Groups["uids"].Value}".TrimEnd() : answer);
        }

        await client.RunAsync("c select INBOX");
        // Dovecot says ~ of all that it decodes; we only where NUL is among it (RFC 3516 section 4.3, which is a SHOULD).
        foreach (var items in Binary)
            answers.Add(string.Join('\n', (await client.RunAsync($"f fetch 7 {items}")).Where(line => line.StartsWith("* ", StringComparison.Ordinal))).Replace(" ~{", " {", StringComparison.Ordinal));
        answers.Add(string.Join('\n', (await client.RunAsync("e fetch 1:* (uid flags internaldate body.peek[])")).Where(line => line.StartsWith("* ", StringComparison.Ordinal)).Select(Unordered)));
        return answers;
    }

    private static string Unordered(string line) => FlagsPattern().Replace(line, match => "FLAGS (" + string.Join(' ', match.Groups["flags"].Value.Split(' ').Order(StringComparer.Ordinal)) + ")");

    [GeneratedRegex(@"^d (?<status>OK|NO|BAD)( \[(?<code>APPENDUID|TRYCREATE|TOOBIG|BADURL|UNKNOWN-CTE)( \d+ (?<uids>[\d:,]+))?)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnswerPattern();

    [GeneratedRegex(@"FLAGS \((?<flags>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FlagsPattern();
}
