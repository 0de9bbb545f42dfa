using System.Text.RegularExpressions;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>Searches whose changes are told (RFC 5267 section 4), beside Dovecot's.</summary>
public sealed partial class ContextBesideDovecotTests
{
    // A keeps results, B changes the mailbox. A command of A that is compared has what both answer, or what they differ in.
    private static readonly (char Who, string Command, string? Ours, string? Theirs)[] Dialogue =
    [
        ('B', "append d", null, null),
        ('B', "append b", null, null),
        ('B', "append c", null, null),
        ('B', "append a", null, null),
        ('B', "select INBOX", null, null),
        ('A', "select INBOX", null, null),
        ('A', "c1 search return (update) unseen", null, null),
        ('A', "c2 uid search return (update count) flagged", null, null),
        ('A', "c2 search return (update) flagged", null, null),
        ('A', "c3 search return (context count update) subject b", null, null),
        ('A', "c4 uid search return (update partial 1:2) all", null, null),
        ('B', "store 2:3 +flags (\\Seen \\Flagged)", null, null),
        ('A', "n noop", null, null),
        ('B', "append bb", null, null),
        ('A', "n noop", null, null),
        ('A', "n store 1 +flags.silent (\\Seen \\Flagged)", null, null),
        ('B', "store 2 +flags (\\Deleted)", null, null),
        ('A', "n noop", null, null),
        ('B', "expunge", null, null),
        ('A', "n fetch 1 uid", null, null),
        ('A', "n noop", null, null),

        // Both leave all as it was.
        ('A', "n cancelupdate \"zz\"", null, null),
        ('A', "n cancelupdate c1", null, null),

        // Theirs cancels c1 and refuses: half of what was asked for. Section 4.3.5 has one answer for the command.
        ('A', "n cancelupdate \"c1\" \"c2\" \"c3\" \"c4\"", null, null),
        ('A', "n cancelupdate \"c1\"", null, null),
        ('A', "s1 uid sort return (update all) (subject) utf-8 all", null, null),

        // Section 4.3.3: the position is 0 for SEARCH alone; where each belongs is what a client of a sort has to be told.
        ('B', "append bc", null, null),
        ('A', "n noop", "EXISTS 5; ESEARCH s1 UID ADDTO (3 6); OK", "EXISTS 5; ESEARCH s1 UID ADDTO (0 6); OK"),

        // Section 4.3: what an unmodified command would find now.
        ('A', "s2 search return (update count) uid 3:*", null, null),
        ('A', "n cancelupdate \"s1\"", null, null),
        ('B', "append x", null, null),
        ('A', "n noop", "EXISTS 6; ESEARCH s2 ADDTO (0 6); OK", "EXISTS 6; OK"),
        ('A', "n select INBOX", null, null),
        ('A', "n cancelupdate \"s2\"", null, null),
    ];

    [Fact]
    public async Task Both_tell_the_same_changes()
    {
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await PlayAsync(dovecot.Port);
        var ours = await PlayAsync(server.Port(MailProtocol.Imap));
        for (var i = 0; i < Dialogue.Length; i++)
        {
            var step = Dialogue[i];
            if (step.Who == 'A' && !step.Command.Contains(" select ", StringComparison.Ordinal))
                Assert.Equal($"{step.Command}: {step.Ours ?? theirs[i]} | {step.Theirs ?? theirs[i]}", $"{step.Command}: {ours[i]} | {theirs[i]}");
        }
    }

    private static async Task<List<string>> PlayAsync(int port)
    {
        await using var one = await ImapTestClient.LogInAsync(port);
        await using var other = await ImapTestClient.LogInAsync(port);
        var answers = new List<string>();
        foreach (var (who, command, _, _) in Dialogue)
        {
            var words = command.Split(' ', 2);
            var line = who == 'A' ? command.StartsWith("select", StringComparison.Ordinal) ? "n " + command : command
                : words[0] == "append" ? $"b append INBOX {{{13 + words[1].Length}+}}\r\nSubject: {words[1]}\r\n\r\n"
                : "b " + command;
            var replies = await (who == 'A' ? one : other).RunAsync(line);
            Assert.True(who == 'A' || replies[^1].StartsWith("b OK", StringComparison.Ordinal), replies[^1]);
            answers.Add(string.Join("; ", replies.Select(Normal).OfType<string>()));
        }

        return answers;
    }

    // What is told of contexts, and of what it must come before or behind.
    private static string? Normal(string line)
    {
        if (line.StartsWith("* ESEARCH (TAG ", StringComparison.Ordinal))
            return EsearchPattern().Replace(line, "ESEARCH $1");
        var words = line.Split(' ');
        return words[0] != "*" ? words[1] : words.Length > 2 && words[2] is "EXISTS" or "EXPUNGE" or "FETCH" ? $"{words[2]} {words[1]}" : null;
    }

    [GeneratedRegex("""^\* ESEARCH \(TAG "(?<tag>\w+)"\)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EsearchPattern();
}
