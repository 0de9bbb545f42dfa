using System.Text;
using System.Text.RegularExpressions;
using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>One dialogue of two users about rights (RFC 4314), here and with Dovecot's plugins acl and imap_acl; and both servers on one store.</summary>
public sealed partial class AclBesideDovecotTests
{
    private const string Shared = "user/john@example.com/Shared";

    // "j" is john, "m" is mary. What stands behind " #" tells lines apart.
    private static readonly string[] Dialogue =
    [
        "j getacl INBOX",
        "j myrights INBOX",
        "j create Shared",
        "j append Shared (\\Flagged) {12+}\r\nSubject: s\r\n",
        "j setacl Shared mary@example.com lr",
        "j getacl Shared",
        "m list \"\" *",
        "m list \"\" user/%/%",
        "m myrights " + Shared,
        "m status " + Shared + " (messages)",
        "m select " + Shared,
        "m store 1 +flags \\Seen",
        "m expunge #without e",
        "m unselect",
        "m getacl " + Shared,
        "m setacl " + Shared + " mary@example.com lra",
        "m delete " + Shared,
        "m create " + Shared + "/Below",
        "m append " + Shared + " {12+}\r\nSubject: s\r\n",
        "j setacl Shared mary@example.com +swi",
        "j getacl Shared",
        "m myrights " + Shared,
        "m append " + Shared + " (\\Seen \\Deleted \\Draft) {12+}\r\nSubject: s\r\n",
        "m select " + Shared,
        "m fetch 1:* (flags)",
        "m store 1:2 +flags (\\Answered \\Deleted)",
        "m store 1 flags (\\Seen)",
        "m store 1 +flags (\\Deleted)",
        "m expunge #still without e",
        "m unselect",
        "j setacl Shared mary@example.com -wi",
        "j getacl Shared",
        "j setacl Shared mary@example.com lrcd",
        "j getacl Shared",
        "m myrights " + Shared,
        "m create " + Shared + "/Below",
        "m myrights " + Shared + "/Below",
        "m rename " + Shared + "/Below " + Shared + "/Other",
        "m delete " + Shared + "/Other",
        "m select " + Shared,
        "m store 2 +flags \\Deleted",
        "m expunge",
        "m unselect",
        "j setacl Shared -mary@example.com r",
        "j getacl Shared",
        "m select " + Shared,
        "j deleteacl Shared -mary@example.com",
        "m status " + Shared + " (messages)",
        "j setacl Shared anyone lr",
        "j setacl Shared mary@example.com \"\"",
        "j getacl Shared",
        "m select " + Shared + " #denied to her",
        "m myrights " + Shared,
        "m getacl " + Shared,
        "m listrights " + Shared + " mary@example.com",
        "m list \"\" * #without l",
        "j deleteacl Shared mary@example.com",
        "m list \"\" *",
        "j setacl Shared john@example.com lr",
        "j getacl Shared",
        "j myrights Shared",
        "j setacl Shared john@example.com -lraw",
        "j getacl Shared #after -lraw",
        "j deleteacl Shared john@example.com",
        "j listrights Shared mary@example.com",
        "j listrights Shared john@example.com",
        "j setacl Shared mary@example.com q",
        "j setacl Shared mary@example.com L",
        "j setacl Nowhere mary@example.com lr",
        "j getacl Nowhere",
        "j myrights Nowhere",
        "j deleteacl Shared nobody@example.com",
        "m namespace",
    ];

    // Where the two differ, and why.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["m store 1 +flags \\Seen"] = "Dovecot does nothing and says OK. Section 4: STORE should not fail where one of the flags may be changed; here none may.",
        ["m store 1 +flags (\\Deleted)"] = "As above.",
        ["m expunge #without e"] = "Dovecot does nothing and says OK. Section 4 gives that to CLOSE alone; EXPUNGE needs e.",
        ["m expunge #still without e"] = "As above.",
        ["m select " + Shared + " #denied to her"] = "Dovecot's NO has no code; NONEXISTENT is what both say of other commands (section 6).",
        ["m listrights " + Shared + " mary@example.com"] = "Dovecot answers whatever the rights are, and so tells nothing of them. Section 4: LISTRIGHTS needs a.",
        ["m list \"\" * #without l"] = "Dovecot lists the owner of a mailbox that nobody may see: its index says that everybody may see something of his.",
        ["j getacl Shared #after -lraw"] = "Dovecot keeps a for the owner; here l as well, which LISTRIGHTS says.",
        ["j listrights Shared john@example.com"] = "As above.",
        ["j myrights Nowhere"] = "Dovecot tells rights on a mailbox that is not there.",
    };

    [Fact]
    public async Task Both_answer_the_same_but_for_what_is_explained()
    {
        var path = Directory.CreateTempSubdirectory("mailops-dovecot-").FullName;
        try
        {
            await using var dovecot = await Dovecot.StartAsync(path, shares: true);
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
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public async Task Both_obey_one_list_of_rights_and_one_index_on_one_store()
    {
        await using var server = await TestServer.StartAsync();
        await using var john = await ImapTestClient.LogInAsync(server.Port(MailProtocol.Imap));
        await using var mary = await ImapTestClient.LogInAsync(server.Port(MailProtocol.Imap), "mary@example.com");
        await OkAsync(john, "create Shared");
        await OkAsync(john, "append Shared {12+}\r\nSubject: s\r\n");
        await OkAsync(john, "setacl Shared mary@example.com lrs");
        await using var dovecot = await Dovecot.StartAsync(server.StorePath, shares: true);

        // What is set here Dovecot knows.
        await dovecot.OwnAsync();
        await using (var maryThere = await ImapTestClient.LogInAsync(dovecot.Port, "mary@example.com"))
        {
            Assert.Equal("* MYRIGHTS user/john@example.com/Shared lrs", Comparable((await OkAsync(maryThere, $"myrights {Shared}"))[0]));
            Assert.Contains(await OkAsync(maryThere, "list \"\" user/*"), line => line.EndsWith(Shared, StringComparison.Ordinal));
            Assert.Contains("* 1 EXISTS", await OkAsync(maryThere, $"select {Shared}"));
            Assert.Contains("(\\Seen \\Recent)", string.Join(' ', await OkAsync(maryThere, "store 1 +flags (\\Seen \\Flagged)")), StringComparison.Ordinal);
        }

        // What Dovecot sets is known here, at once and in a session that is open.
        await OkAsync(mary, $"select {Shared}");
        await using (var johnThere = await ImapTestClient.LogInAsync(dovecot.Port))
        {
            Assert.Equal("* ACL Shared john@example.com acdeiklprstwx mary@example.com lrs", Comparable((await OkAsync(johnThere, "getacl Shared"))[0]));
            await OkAsync(johnThere, "setacl Shared mary@example.com lrw");
            await OkAsync(johnThere, "setacl Shared -mary@example.com s");
            await OkAsync(johnThere, "create Theirs");
            await OkAsync(johnThere, "setacl Theirs anyone lr");
        }

        Assert.Contains(await OkAsync(mary, "noop"), line => line.StartsWith("* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft", StringComparison.Ordinal));
        Assert.Contains(await OkAsync(mary, "list \"\" user/*"), line => line.EndsWith("user/john@example.com/Theirs\"", StringComparison.Ordinal));
        Assert.Equal("* ACL Shared -mary@example.com s john@example.com acdeiklprstwx mary@example.com lrw", Comparable((await OkAsync(john, "getacl Shared"))[0]));

        // Public mailboxes are the same, with the rights that new ones begin with.
        var all = new AccessChange(AccessIdentifier.User("john@example.com"), IsNegative: false, AccessChangeKind.Replace, MailboxRights.All);
        await using (var store = new MaildirStore(server.StorePath))
            Assert.Equal(AccessOutcome.Done, await store.OpenPublic().SetAccessAsync("", all, CancellationToken.None));
        await OkAsync(john, "create Public/News");
        await OkAsync(john, "setacl Public/News anyone lr");
        await dovecot.OwnAsync();
        await using (var johnThere = await ImapTestClient.LogInAsync(dovecot.Port))
        {
            await OkAsync(johnThere, "create Public/More");
            Assert.Equal("* MYRIGHTS Public/More acdeiklprstwx", Comparable((await OkAsync(johnThere, "myrights Public/More"))[0]));
        }

        Assert.Equal("* MYRIGHTS Public/More acdeiklprstwx", Comparable((await OkAsync(john, "myrights Public/More"))[0]));
        await using var maryAgain = await ImapTestClient.LogInAsync(dovecot.Port, "mary@example.com");
        Assert.Contains(await OkAsync(maryAgain, "list \"\" Public/*"), line => line.EndsWith("Public/News", StringComparison.Ordinal));
        Assert.DoesNotContain(await OkAsync(maryAgain, "list \"\" Public/*"), line => line.Contains("Public/More", StringComparison.Ordinal));

        // What nobody may see any more is gone for both.
        await OkAsync(john, "deleteacl Shared mary@example.com");
        await dovecot.OwnAsync();
        await using var maryLast = await ImapTestClient.LogInAsync(dovecot.Port, "mary@example.com");
        Assert.StartsWith("x NO", (await maryLast.RunAsync($"x select {Shared}"))[^1], StringComparison.Ordinal);
    }

    private static async Task<List<string>> OkAsync(ImapTestClient client, string command)
    {
        var lines = await client.RunAsync("x " + command);
        Assert.StartsWith("x OK", lines[^1], StringComparison.Ordinal);
        return lines;
    }

    private static async Task<List<string>> SpeakAsync(int port)
    {
        await using var john = await ImapTestClient.LogInAsync(port);
        await using var mary = await ImapTestClient.LogInAsync(port, "mary@example.com");
        var answers = new List<string>();
        foreach (var line in Dialogue)
        {
            var command = line.Split(" #")[0];
            answers.Add(string.Join('\n', Ordered((await (line[0] == 'j' ? john : mary).RunAsync(command)).Select(Comparable).OfType<string>())));
        }

        return answers;
    }

    private static IEnumerable<string> Ordered(IEnumerable<string> lines) =>
        lines.Any(line => line.StartsWith("* LIST ", StringComparison.Ordinal)) ? lines.Order(StringComparer.Ordinal) : lines;

    // Rights and flags in one order, names with or without quotes, and of tagged answers the code alone.
    private static string? Comparable(string line)
    {
        var text = line.Replace("\"\"", "-", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal).Replace("\\Recent", "", StringComparison.Ordinal);
        var words = text.Split(' ');
        if (words[0] != "*")
            return CodePattern().Match(text) is { Success: true } code && code.Groups["code"].Value != "MAILBOXID" ? $"{words[1]} {code.Groups["code"].Value}" : words[1];
        return words[1] switch
        {
            "ACL" => $"* ACL {words[2]} {string.Join(' ', words[3..].Chunk(2).Select(pair => $"{pair[0]} {Sorted(pair[1])}").Order(StringComparer.Ordinal))}",
            "MYRIGHTS" => $"* MYRIGHTS {words[2]} {Sorted(words[3])}",
            "LISTRIGHTS" => string.Join(' ', words[..4]) + " " + Sorted(words[4]) + " " + string.Join(' ', words[5..].Order(StringComparer.Ordinal)),
            "LIST" => ListPattern().Replace(text, match => "* LIST (" + (match.Groups["flags"].Value.Contains("\\No", StringComparison.OrdinalIgnoreCase) && !match.Groups["flags"].Value.Contains("\\NoInf", StringComparison.OrdinalIgnoreCase) ? "\\Noselect" : "") + ")"),
            "NAMESPACE" or "STATUS" or "BYE" => text,
            "OK" when text.Contains("PERMANENTFLAGS", StringComparison.Ordinal) => Flags(text[..(text.IndexOf(']', StringComparison.Ordinal) + 1)]),
            "OK" when text.Contains("READ-", StringComparison.Ordinal) => text[..(text.IndexOf(']', StringComparison.Ordinal) + 1)],
            "OK" or "FLAGS" => null,
            _ when words.Length > 2 && words[2] == "FETCH" => Flags(text.Replace($"UID {words[1]} ", "", StringComparison.Ordinal)),
            _ when words.Length > 2 && words[2] == "RECENT" => null,
            _ => text,
        };
    }

    private static string Sorted(string rights) => string.Concat(rights.Order());

    private static string Flags(string text) =>
        FlagsPattern().Replace(text, match => $"FLAGS ({string.Join(' ', match.Groups["flags"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))})");

    [GeneratedRegex(@"\[(?<code>[A-Z-]+)[^\]]*\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"FLAGS \((?<flags>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FlagsPattern();

    [GeneratedRegex(@"\* LIST \((?<flags>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListPattern();
}
