using System.Collections.Immutable;
using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts.Files;

/// <summary>What a file of domains' rules holds, line by line.</summary>
internal sealed class DomainContent : IFileContent<DomainContent>
{
    private readonly ImmutableArray<DomainLine> _lines;

    private DomainContent(ImmutableArray<DomainLine> lines) => _lines = lines;

    /// <summary>The rules in the order of the file; of two for one domain the first counts.</summary>
    public IEnumerable<DomainRule> Rules => _lines.Where(line => line.Rule is not null).Select(line => line.Rule!).DistinctBy(rule => rule.Domain, StringComparer.Ordinal);

    /// <summary>What is wrong with the file. A domain whose line is broken has the usual rules.</summary>
    public IEnumerable<LineProblem> Problems
    {
        get
        {
            var seen = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var at = 0; at < _lines.Length; at++)
            {
                if (_lines[at].Problem is { } problem)
                    yield return new LineProblem(at + 1, problem);
                else if (_lines[at].Rule is { } rule && !seen.TryAdd(rule.Domain, at + 1))
                    yield return new LineProblem(at + 1, $"has the domain of line {seen[rule.Domain]}, which counts");
            }
        }
    }

    public static DomainContent Read(ReadOnlyMemory<byte> octets) => new([.. FileLines.Split(octets).Select(DomainLine.Read)]);

    /// <summary>The content with this rule in the place of the one of its domain, or at the end.</summary>
    public DomainContent With(DomainRule rule)
    {
        var line = DomainLine.Of(rule);
        for (var at = 0; at < _lines.Length; at++)
        {
            if (_lines[at].Rule?.Domain == rule.Domain)
                return new DomainContent(_lines.SetItem(at, line));
        }

        return new DomainContent([.. _lines.Take(_lines.Length - 1), .. _lines.TakeLast(1).Select(last => last with { Octets = FileLines.Ended(last.Octets) }), line]);
    }

    public byte[] ToBytes() => FileLines.Join(_lines.Select(line => line.Octets));
}
