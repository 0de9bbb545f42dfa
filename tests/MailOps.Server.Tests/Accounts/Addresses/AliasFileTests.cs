using System.Text;
using CsCheck;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Accounts.Files;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Accounts.Addresses;

public sealed class AliasFileTests
{
    private static readonly Gen<string> AnyLine = Gen.OneOf(
        Gen.Int[0, 11].Select(at => new[] { "", "# comment", "  # comment further in", "a@x.org b@x.org", "a b,c", " d@x.org", "\te, f", "@x.org a", "a:", "a", "a |program", "x@y@z a" }[at]),
        Gen.String[0, 30].Select(text => text.Replace("\n", "", StringComparison.Ordinal)));

    private static readonly Gen<byte[]> AnyFile = Gen.Select(AnyLine, Gen.Bool, (line, crlf) => line + (crlf ? "\r\n" : "\n")).Array[0, 12]
        .Select(AnyLine, (lines, last) => Encoding.UTF8.GetBytes(string.Concat(lines) + last));

    [Fact]
    public void Reading_and_writing_keeps_every_octet() =>
        AnyFile.Sample(octets => AliasContent.Read(octets).ToBytes().AsSpan().SequenceEqual(octets), iter: 2000);

    [Fact]
    public void Adding_and_removing_an_alias_gives_the_same_octets_back() =>
        AnyFile.Sample(
            octets =>
            {
                var added = AliasContent.Read(AliasContent.Read(octets).With(null, "new@example.org", ["a@x.org", "b@x.org"]).ToBytes());
                var alias = added.Aliases("x.org").Single(one => one.Name == new Address("new", "example.org"));
                var after = added.Without(new HashSet<int> { alias.Line }).ToBytes();
                return alias.Targets.Count == 2
                    && (after.AsSpan().SequenceEqual(octets) || (after.AsSpan(0, octets.Length).SequenceEqual(octets) && after.Length == octets.Length + 1 && after[^1] == '\n'));
            },
            iter: 2000);

    [Fact]
    public void Commas_and_spaces_separate_targets_and_lines_that_start_with_a_space_go_on()
    {
        var content = AliasContent.Read("# first\nsales@x.org ann@x.org,bob,  cat@x.org\ndave@x.org\n\n# between\n\teve@x.org\n   , dave@x.org\nlast x\r\n@x.org   y"u8.ToArray());
        var aliases = content.Aliases("default.example");
        Assert.Equal(
            ["2 sales@x.org: ann@x.org bob@default.example cat@x.org", "8 last@default.example: x@default.example", "9 @x.org: y@default.example"],
            aliases.Where(alias => alias.Name.Local != "dave").Select(alias => $"{alias.Line} {alias.Name}: {string.Join(' ', alias.Targets)}"));
        Assert.Equal(3, Assert.Single(aliases, alias => alias.Name.Local == "dave").Line);
        Assert.Equal(["eve@x.org", "dave@x.org"], aliases.Single(alias => alias.Name.Local == "dave").Targets.Select(target => target.ToString()));
        Assert.Empty(content.Problems);
    }

    [Theory]
    [InlineData("  a b", "starts with a space, but there is no line before that it could go on with")]
    [InlineData(",a b", "has no name: write an address, a space, and the targets with commas between them")]
    [InlineData("sales: ann", "has a colon behind its name, as /etc/aliases has it: write 'sales', a space, and the targets")]
    [InlineData("a b@c@d e", "has the target 'b@c@d', which is no address: programs, files and :include: are not taken")]
    [InlineData("a |/bin/sh", "has the target '|/bin/sh', which is no address: programs, files and :include: are not taken")]
    [InlineData("a :include:/x", "has the target ':include:/x', which is no address: programs, files and :include: are not taken")]
    [InlineData("@a_b x", "has the name '@a_b', which is no address: write local@domain, or @domain for all of a domain")]
    [InlineData("a..b x", "has the name 'a..b', which is no address: write local@domain, or @domain for all of a domain")]
    [InlineData("alone", "has no target behind 'alone'")]
    [InlineData("a b\0", "holds control characters")]
    public void Broken_lines_are_told_with_their_number_and_the_others_count(string line, string problem)
    {
        var content = AliasContent.Read(Encoding.UTF8.GetBytes($"# first\n\n{line}\nok@x.org a@x.org\n"));
        var told = Assert.Single(content.Problems);
        Assert.Equal((3, problem), (told.Line, told.Text));
        Assert.Equal("ok@x.org", Assert.Single(content.Aliases("x.org")).Name.ToString());
    }

    [Fact]
    public void Octets_of_no_encoding_are_a_problem() =>
        Assert.Equal("is not UTF-8", Assert.Single(AliasContent.Read(Encoding.Latin1.GetBytes("j\u00f6@x.org a\n")).Problems).Text);

    [Theory]
    [InlineData("sales@example.com", "ann@example.com,bob@example.com")]
    [InlineData("anything@example.net", "bob@example.com")]
    [InlineData("long@example.com", "a@example.com,b@example.com,c@example.com")]
    public async Task Postfix_reads_the_file_as_it_is(string address, string targets)
    {
        var postmap = Peers.Require("postmap", "postfix");
        using var store = new TemporaryStore();
        await File.WriteAllTextAsync(Path.Combine(store.Path, "main.cf"), "compatibility_level = 3.6\n");
        store.WriteAliases("# aliases\nsales@example.com ann@example.com, bob@example.com\n@example.net bob@example.com\nlong@example.com a@example.com,\n  # more\n  b@example.com\n  c@example.com\n");
        var answer = await AskAsync(postmap, store, address) ?? await AskAsync(postmap, store, address[address.IndexOf('@', StringComparison.Ordinal)..]);
        Assert.Equal(targets, string.Join(',', answer!.Split([' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)));
        var ours = AliasFile.InStore(store.Path, TimeProvider.System).Read().Aliases("example.com");
        Assert.Contains(ours, alias => string.Join(',', alias.Targets) == targets);
    }

    [Theory]
    [InlineData("example.com separator=- case=kept dots=ignored", "-", true, true)]
    [InlineData("Example.COM separator=none", "", false, false)]
    [InlineData("example.com", "+", false, false)]
    [InlineData("example.com dots=kept case=ignored", "+", false, false)]
    public void Rules_of_domains_are_read(string line, string separators, bool caseKept, bool dotsIgnored)
    {
        var content = DomainContent.Read(Encoding.UTF8.GetBytes("# first\n" + line + "\r\n"));
        Assert.Empty(content.Problems);
        Assert.Equal(new DomainRule("example.com", separators, caseKept, dotsIgnored), Assert.Single(content.Rules));
        Assert.Equal(content.Rules, DomainContent.Read(DomainLine.Of(content.Rules.Single()).Octets).Rules);
    }

    [Theory]
    [InlineData("exa_mple.com separator=+", "starts with 'exa_mple.com', which is no domain")]
    [InlineData("example.com separator=x", "has the separator 'x': it is one or more of +-_=.~!%*/")]
    [InlineData("example.com separator=", "holds 'separator=': write separator=+ or separator=none, case=kept or case=ignored, dots=kept or dots=ignored")]
    [InlineData("example.com dots=maybe", "holds 'dots=maybe': write separator=+ or separator=none, case=kept or case=ignored, dots=kept or dots=ignored")]
    [InlineData("example.com plus", "holds 'plus': write separator=+ or separator=none, case=kept or case=ignored, dots=kept or dots=ignored")]
    [InlineData("example.com separator=. dots=ignored", "ignores dots and has one as separator: it can be only one of them")]
    [InlineData("EXAMPLE.net", "has the domain of line 1, which counts")]
    public void Broken_rules_are_told_with_their_number(string line, string problem)
    {
        var told = Assert.Single(DomainContent.Read(Encoding.UTF8.GetBytes($"example.net dots=ignored\n\n{line}\n")).Problems);
        Assert.Equal((3, problem), (told.Line, told.Text));
    }

    private static async Task<string?> AskAsync(string postmap, TemporaryStore store, string address)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(postmap, ["-c", store.Path, "-q", address, $"texthash:{store.AliasesPath}"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? answer : null;
    }
}
