using System.Globalization;
using System.Text;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>Sorts, threads and extended searches of one mailbox, made by chance with known seeds, beside Dovecot's.</summary>
public sealed class SearchBesideDovecotTests
{
    private const int Messages = 300;

    private static readonly string[] Criteria = ["arrival", "cc", "date", "from", "subject", "to", "displayfrom", "displayto"];

    private static readonly string[] Commands =
    [
        .. Criteria.SelectMany(key => new[] { $"sort ({key}) utf-8 all", $"sort (reverse {key}) utf-8 all", $"uid sort ({key} reverse {Criteria[(Array.IndexOf(Criteria, key) + 2) % Criteria.Length]} size) utf-8 unseen" }),
        "sort (size) utf-8 all",
        "sort (reverse size arrival) utf-8 all",
        "sort return (min max count) (subject date) utf-8 all",
        "sort return () (reverse date) utf-8 flagged",
        "thread references utf-8 all",
        "uid thread references utf-8 unseen",
        "thread orderedsubject utf-8 all",
        "search return (min max count all) flagged",
        "uid search return () or seen flagged",
        "search return (count) subject re",
        "search subject reUNION",
        "search return (all) charset utf-8 subject {9+}\r\nre\u0301UNION",
        "search return (all) charset utf-8 or subject {8+}\r\nr\u00e9union from {6+}\r\n\u00c9mile",
        "search charset utf-8 text {3+}\r\n\u00c9m",
        "search return (min max) deleted",
        "search return (partial 3:20) seen",
        "search older 10 unseen",
        "search younger 3600 flagged",
        "search return (save) flagged",
        "search return (all) $ unseen",
        "uid search return (save min max) all",
        "uid search uid $",
        "fetch $ uid",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Both_answer_the_same(int seed)
    {
        var mail = Mail(new Random(seed)).ToList();
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await AnswersAsync(dovecot.Port, mail);
        var ours = await AnswersAsync(server.Port(MailProtocol.Imap), mail);
        var differences = new StringBuilder();
        for (var i = 0; i < Commands.Length; i++)
        {
            if (ours[i] != theirs[i])
                differences.AppendLine().AppendLine(Commands[i]).AppendLine("ours:   " + ours[i]).AppendLine("theirs: " + theirs[i]);
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static async Task<List<string>> AnswersAsync(int port, IReadOnlyList<(string Flags, string Date, string Text)> mail)
    {
        await using var client = await ImapTestClient.LogInAsync(port);
        foreach (var (flags, date, text) in mail)
        {
            var reply = (await client.RunAsync(string.Create(CultureInfo.InvariantCulture, $"b append INBOX ({flags}) \"{date}\" {{{Encoding.UTF8.GetByteCount(text)}+}}\r\n{text}")))[^1];
            Assert.True(reply.StartsWith("b OK", StringComparison.Ordinal), reply);
        }

        await client.RunAsync("c select INBOX");
        var answers = new List<string>();
        foreach (var command in Commands)
        {
            await client.SendAsync(Encoding.UTF8.GetBytes($"d {command}\r\n"));
            var replies = await client.ReadToTagAsync("d");
            // What is behind OK is each server's own.
            answers.Add(string.Join('\n', replies.Select(line => line.StartsWith("d OK", StringComparison.Ordinal) ? "d OK" : line)));
        }

        return answers;
    }

    private static IEnumerable<(string Flags, string Date, string Text)> Mail(Random random)
    {
        string[] subjects = ["lunch", "Lunch", "the report", "=?utf-8?q?R=C3=A9union?=", "[team] plans", "a", ""];
        string[] prefixes = ["", "", "", "Re: ", "RE: ", "Fwd: ", "Re[2]: ", "[list] Re: ", "Re: [list] "];
        string[] names = ["", "\"Zoe Zed\" ", "adam ", "=?utf-8?q?=C3=89mile?= ", "\"Adam\" "];
        for (var i = 0; i < Messages; i++)
        {
            var text = new StringBuilder();
            void Field(string name, string value, double share)
            {
                if (random.NextDouble() < share)
                    text.Append(name).Append(": ").Append(value).Append("\r\n");
            }

            string Address() => $"{names[random.Next(names.Length)]}<{(char)('a' + random.Next(6))}{random.Next(3)}@example.com>";
            string Id() => string.Create(CultureInfo.InvariantCulture, $"<{random.Next(i + 5)}@example.com>");
            var sent = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(100) * 30);
            Field("Date", sent.ToOffset(TimeSpan.FromHours(random.Next(-5, 6))).ToString("ddd, d MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture).Remove(sent.ToString("ddd, d MMM yyyy HH:mm:ss +00", CultureInfo.InvariantCulture).Length, 1), 0.95);
            Field("From", Address(), 0.98);
            Field("To", string.Join(", ", Enumerable.Range(0, random.Next(1, 3)).Select(_ => Address())), 0.9);
            Field("Cc", Address(), 0.3);
            Field("Subject", prefixes[random.Next(prefixes.Length)] + subjects[random.Next(subjects.Length)] + (random.Next(9) == 0 ? " (fwd)" : ""), 0.95);
            Field("Message-ID", string.Create(CultureInfo.InvariantCulture, $"<{(random.Next(20) == 0 ? random.Next(Messages) : i)}@example.com>"), 0.95);
            Field("References", string.Join("\r\n ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Id())), 0.5);
            Field("In-Reply-To", Id(), 0.3);
            text.Append("\r\n").Append('x', random.Next(400)).Append("\r\n");
            yield return (string.Join(' ', new[] { "\\Seen", "\\Flagged" }.Where(_ => random.Next(2) == 0)), sent.AddSeconds(random.Next(100_000)).ToString("dd-MMM-yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000", text.ToString());
        }
    }
}
