using System.Runtime.CompilerServices;
using System.Text;
using Xunit;

namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>Rules of RFC 9051 and RFC 3501 that a server can break, in the order of the sections. With MAILOPS_WRITE_DOCS=1 their list is written to docs/imap-rules.md.</summary>
public sealed class RuleTests
{
    private static readonly (string Test, IReadOnlyList<Rule> Rows)[] Chapters =
    [
        (nameof(Section2), Section2Rules.Rows),
        (nameof(Section3), Section3Rules.Rows),
        (nameof(Section4), Section4Rules.Rows),
        (nameof(Section6), Section6Rules.Rows),
        (nameof(Section63), Section63Rules.Rows),
        (nameof(Section64), Section64Rules.Rows),
        (nameof(Section644), Section644Rules.Rows),
        (nameof(Section645), Section645Rules.Rows),
        (nameof(Section7), Section7Rules.Rows),
        (nameof(Section75), Section75Rules.Rows),
        (nameof(Section9), Section9Rules.Rows),
        (nameof(Appendices), AppendixRules.Rows),
    ];

    public static IEnumerable<TheoryDataRow<string>> Titles(string chapter) =>
        Chapters.Single(c => c.Test == chapter).Rows.Select(rule => new TheoryDataRow<string>(rule.Title) { TestDisplayName = rule.Title, Label = "" });

    [Theory]
    [MemberData(nameof(Titles), nameof(Section2))]
    public Task Section2(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section3))]
    public Task Section3(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section4))]
    public Task Section4(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section6))]
    public Task Section6(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section63))]
    public Task Section63(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section64))]
    public Task Section64(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section644))]
    public Task Section644(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section645))]
    public Task Section645(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section7))]
    public Task Section7(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section75))]
    public Task Section75(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Section9))]
    public Task Section9(string title) => HoldAsync(title);

    [Theory]
    [MemberData(nameof(Titles), nameof(Appendices))]
    public Task Appendices(string title) => HoldAsync(title);

    [Fact]
    public void No_two_rules_have_one_title() =>
        Assert.Empty(Chapters.SelectMany(c => c.Rows).GroupBy(r => r.Title, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key));

    [Fact]
    public void A_dialogue_expects_something_of_the_server() =>
        Assert.All(Chapters.SelectMany(c => c.Rows), rule => Assert.Contains(rule.Dialogue, line => line[..3] is "S: " or "U: " or "W: " or "O: "));

    [Fact]
    public async Task A_dialogue_that_a_server_does_not_hold_fails()
    {
        foreach (var dialogue in new string[][]
        {
            ["C: a NOOP", "S: a NO …"],
            ["C: a NOOP", "N: a OK …"],
            ["C: a NOOP", "U: * 1 EXISTS"],
            ["C: a LOGOUT", "S: a OK …", "S: * BYE …"],
            ["C: a LOGOUT", "W: * 1 EXISTS"],
            ["2: NOOP", "O: * 1 EXISTS"],
            ["2: SELECT nowhere"],
            ["C: a NOOP", "S: ‹tag› OK …", "C: b NOOP", "S: ‹tag› OK …"],
        })
            await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => RuleRunner.RunAsync(new Rule("0", "None", Given.LoggedIn, dialogue)));
    }

    [Fact]
    public async Task The_documentation_lists_the_rules()
    {
        var path = Path.GetFullPath(Path.Join(Path.GetDirectoryName(Here()), "../../../../docs/imap-rules.md"));
        var text = Document();
        if (Environment.GetEnvironmentVariable("MAILOPS_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        Assert.Equal(text, (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n"));
    }

    private static Task HoldAsync(string title) => RuleRunner.RunAsync(Chapters.SelectMany(c => c.Rows).Single(r => r.Title == title));

    private static string Document()
    {
        var text = new StringBuilder("""
            # Rules of IMAP and their tests

            Rules of RFC 9051 (IMAP4rev2) and RFC 3501 (IMAP4rev1) that a server can break, and the theory of `tests/MailOps.Server.Tests/Imap/Rules/RuleTests.cs` that holds a dialogue about each with the server on a Maildir. A section of RFC 3501 stands where IMAP4rev1 differs. Where the standard leaves a choice, the row says what this server does. Written from the rows of the tests by `MAILOPS_WRITE_DOCS=1`; a test fails where this list is not what they say. Rules of extensions are tested by the classes that [protocols.md](protocols.md) names.

            | Section | Rule | Test |
            |---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (test, rows) in Chapters)
        {
            foreach (var rule in rows)
                text.Append("| ").Append(rule.Section).Append(" | ").Append(rule.Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal)).Append(" | `").Append(test).Append("` |\n");
        }

        return text.ToString();
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
