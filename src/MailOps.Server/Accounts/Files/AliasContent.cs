using System.Collections.Immutable;
using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts.Files;

/// <summary>
/// What a file of aliases holds, in the format of Postfix's virtual(5): <c>address target, target</c>; a line that starts
/// with a space continues the one before; a number sign starts a comment.
/// </summary>
internal sealed class AliasContent : IFileContent<AliasContent>
{
    private readonly ImmutableArray<AliasLine> _lines;

    private AliasContent(ImmutableArray<AliasLine> lines) => _lines = lines;

    /// <summary>What cannot be read.</summary>
    public IEnumerable<LineProblem> Problems => _lines.Where(line => line.Problem is not null).Select(line => new LineProblem(line.Number, line.Problem!));

    /// <summary>True if nothing at all is in it.</summary>
    public bool IsEmpty => _lines.IsEmpty;

    public static AliasContent Read(ReadOnlyMemory<byte> octets)
    {
        var lines = ImmutableArray.CreateBuilder<AliasLine>();
        var all = FileLines.Split(octets).ToList();
        for (var at = 0; at < all.Count;)
        {
            var next = at + 1;
            if (AliasLine.IsSilent(all[at].Span))
            {
                lines.Add(AliasLine.Silent(all[at], at + 1));
                at = next;
                continue;
            }

            for (var ahead = next; ahead < all.Count && (AliasLine.IsSilent(all[ahead].Span) || all[ahead].Span[0] is (byte)' ' or (byte)'\t'); ahead++)
            {
                if (!AliasLine.IsSilent(all[ahead].Span))
                    next = ahead + 1;
            }

            lines.Add(AliasLine.Read(FileLines.Join(all[at..next]), at + 1));
            at = next;
        }

        return new AliasContent(lines.DrainToImmutable());
    }

    /// <summary>The aliases in the order of the file, those with the name of another too.</summary>
    /// <param name="defaultDomain">The domain of bare names.</param>
    public IReadOnlyList<Alias> Aliases(string defaultDomain) =>
        [.. _lines.Where(line => line.Name is not null).Select(line => new Alias(Parse(line.Name!, defaultDomain), [.. line.Targets.Select(target => Parse(target, defaultDomain)).Distinct()], line.Number))];

    /// <summary>The content with other targets for the alias in a line, or with a new alias at the end.</summary>
    /// <param name="number">The line of the alias; null for a new one.</param>
    /// <param name="name">The alias.</param>
    /// <param name="targets">Its targets.</param>
    public AliasContent With(int? number, string name, IReadOnlyList<string> targets)
    {
        var line = AliasLine.Of(name, targets);
        return number is { } at
            ? new AliasContent([.. _lines.Select(one => one.Number == at ? line : one)])
            : new AliasContent([.. _lines.Take(_lines.Length - 1), .. _lines.TakeLast(1).Select(last => last with { Octets = FileLines.Ended(last.Octets) }), line]);
    }

    /// <summary>The content without some of its lines.</summary>
    public AliasContent Without(IReadOnlySet<int> numbers) => new([.. _lines.Where(line => !numbers.Contains(line.Number))]);

    /// <summary>The content with a comment in front.</summary>
    public AliasContent WithComment(string text) => new([AliasLine.Silent(FileLines.Utf8.GetBytes($"# {text}\n"), 0), .. _lines]);

    public byte[] ToBytes() => FileLines.Join(_lines.Select(line => line.Octets));

    private static Address Parse(string text, string defaultDomain) =>
        Address.TryParse(text, defaultDomain, out var address) ? address : throw new InvalidOperationException($"'{text}' was an address when it was read.");
}
