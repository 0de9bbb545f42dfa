using System.Text;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>Listings of the same mailboxes, here and by Dovecot.</summary>
public sealed class ListBesideDovecotTests
{
    // Whether there are children Dovecot tells in an extended LIST if it is asked; here it is told always.
    private static readonly string[] Commands =
    [
        "list \"\" *",
        "list \"\" %",
        "list \"\" %/%",
        "list () \"\" * return (children subscribed)",
        "list (subscribed) \"\" * return (children)",
        "list (subscribed) \"\" % return (children)",
        "list (subscribed recursivematch) \"\" % return (children)",
        "list (subscribed recursivematch) \"\" * return (children)",
        "list (subscribed recursivematch) \"\" (Fruit/% Vegetable) return (children)",
        "list \"\" (Fruit* Tofu INBOX) return (children)",
        "list Fruit/ % return (children subscribed)",
        "list \"\" * return (children status (messages unseen))",
        "list (subscribed) \"\" (%) return (children status (messages))",
        "list (recursivematch) \"\" *",
        "lsub \"\" *",
        "lsub \"\" %",
    ];

    [Fact]
    public async Task Both_list_the_same()
    {
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        var theirs = await AnswersAsync(dovecot.Port, Separator(await DelimiterAsync(dovecot.Port)));
        var ours = await AnswersAsync(server.Port(MailProtocol.Imap), '/');
        var differences = new StringBuilder();
        for (var i = 0; i < Commands.Length; i++)
        {
            if (ours[i] != theirs[i])
                differences.AppendLine().AppendLine(Commands[i]).AppendLine("ours:").AppendLine(ours[i]).AppendLine("theirs:").AppendLine(theirs[i]);
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static async Task<string> DelimiterAsync(int port)
    {
        await using var client = await ImapTestClient.LogInAsync(port);
        return (await client.RunAsync("a list \"\" \"\""))[0];
    }

    private static char Separator(string line) => line[line.IndexOf(") \"", StringComparison.Ordinal) + 3];

    private static async Task<List<string>> AnswersAsync(int port, char separator)
    {
        await using var client = await ImapTestClient.LogInAsync(port);
        foreach (var name in new[] { "Fruit", "Fruit/Apple", "Fruit/Banana", "Tofu", "Vegetable", "Vegetable/Broccoli", "Vegetable/Corn", "Deep/Below/Bottom" })
            Assert.StartsWith("c OK", (await client.RunAsync($"c create {name.Replace('/', separator)}"))[^1], StringComparison.Ordinal);
        foreach (var name in new[] { "INBOX", "Fruit/Banana", "Vegetable", "Vegetable/Broccoli" })
            Assert.StartsWith("c OK", (await client.RunAsync($"c subscribe {name.Replace('/', separator)}"))[^1], StringComparison.Ordinal);
        var answers = new List<string>();
        foreach (var command in Commands)
        {
            var replies = await client.RunAsync("d " + command.Replace('/', separator));
            answers.Add(string.Join('\n', replies.Select(line => Normal(line, separator)).Order(StringComparer.Ordinal)));
        }

        return answers;
    }

    // Attributes in any order and case, names quoted or not, the separator, and the words behind a tagged response are each server's own.
    private static string Normal(string line, char separator)
    {
        if (line.StartsWith("d ", StringComparison.Ordinal))
            return line[..4];
        line = line.Replace("\\UnMarked", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal).Replace(separator, '/');
        if (!line.StartsWith("* L", StringComparison.Ordinal))
            return line;
        var (start, end) = (line.IndexOf('(', StringComparison.Ordinal) + 1, line.IndexOf(')', StringComparison.Ordinal));
        var attributes = line[start..end].ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
        return $"{line[..start]}{string.Join(' ', attributes)}{line[end..]}";
    }
}
