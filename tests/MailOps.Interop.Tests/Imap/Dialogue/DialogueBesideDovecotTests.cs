using System.Globalization;
using System.Text;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Dialogue;

/// <summary>One long conversation with a mailbox of 500 messages, command by command, here and with Dovecot. What differs is explained, and nothing else does.</summary>
public sealed class DialogueBesideDovecotTests
{
    private const int Messages = 500;

    [Fact]
    public async Task Both_answer_the_same_but_for_what_is_explained()
    {
        var samples = SampleMail.All();
        List<byte[]> mail = [.. samples.Select(sample => sample.Octets), .. Enumerable.Range(0, Messages - samples.Count).Select(MadeMail.Of)];
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await HoldAsync(dovecot.Port, mail, '.');
        var ours = await HoldAsync(server.Port(MailProtocol.Imap), mail, '/');
        var differences = new StringBuilder();
        var explained = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Commands.All.Count; i++)
        {
            if (ours[i] == theirs[i])
                continue;
            var reason = Commands.Differences.FirstOrDefault(known => Commands.All[i].StartsWith(known.Command, StringComparison.Ordinal));
            if (reason.Command is not null)
                explained.Add(reason.Command);
            else
                Tell(differences, Commands.All[i], ours[i], theirs[i]);
        }

        Assert.True(differences.Length == 0, "Not explained:" + differences);
        Assert.Equal([], Commands.Differences.Select(known => known.Command).Where(command => !explained.Contains(command)));
    }

    private static void Tell(StringBuilder text, string command, string ours, string theirs)
    {
        var (here, there) = (ours.Split('\n'), theirs.Split('\n'));
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{command} ({here.Length} and {there.Length} lines)");
        for (var (i, told) = (0, 0); i < Math.Max(here.Length, there.Length) && told < 3; i++)
        {
            var (one, other) = (here.ElementAtOrDefault(i) ?? "(none)", there.ElementAtOrDefault(i) ?? "(none)");
            if (one == other)
                continue;
            told++;
            var same = one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
            text.AppendLine("  ours:   " + Short(one, same)).AppendLine("  theirs: " + Short(other, same));
        }
    }

    // Around the first character that differs.
    private static string Short(string line, int same)
    {
        var start = Math.Clamp(same - 100, 0, line.Length);
        return (start > 0 ? line[..Math.Min(start, 30)] + " ... " : "") + line.Substring(start, Math.Min(200, line.Length - start));
    }

    private static async Task<List<string>> HoldAsync(int port, IReadOnlyList<byte[]> mail, char separator)
    {
        await using var client = await ImapTestClient.LogInAsync(port);
        for (var i = 0; i < mail.Count; i++)
        {
            var flags = string.Join(' ', new[] { "\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Work", "$Forwarded" }.Where((_, bit) => (i * 7 >> bit & 1) == 1));
            await client.SendAsync(string.Create(CultureInfo.InvariantCulture, $"b append INBOX ({flags}) \"{i % 28 + 1:D2}-Mar-2024 {i % 24:D2}:{i % 60:D2}:00 +0000\" {{{mail[i].Length}+}}\r\n"));
            await client.SendAsync(mail[i]);
            await client.SendAsync("\r\n");
            var reply = (await client.ReadToTagAsync("b"))[^1];
            Assert.True(reply.StartsWith("b OK", StringComparison.Ordinal), $"{i}: {reply}");
        }

        var answers = new List<string>();
        foreach (var command in Commands.All)
        {
            // Dovecot parts names by a dot here.
            await client.SendAsync(Encoding.UTF8.GetBytes($"t {command.Replace('|', separator)}\r\n"));
            var replies = await client.ReadToTagAsync("t");
            Assert.True(replies.Count > 0, $"Nothing was answered to '{command}' on port {port}.");
            answers.Add(CanonicalReply.Of(replies, "t", separator, isOrdered: !Commands.IsSet(command)));
        }

        return answers;
    }
}
