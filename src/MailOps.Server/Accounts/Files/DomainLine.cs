using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts.Files;

/// <summary>A line of the file of domains as it lies there, and what it is: <c>example.com separator=+ case=ignored dots=kept</c>.</summary>
/// <param name="Octets">The line with its end.</param>
/// <param name="Rule">The rule; null for a comment, an empty line and a broken one.</param>
/// <param name="Problem">What is wrong with a broken line; null otherwise.</param>
internal sealed record DomainLine(ReadOnlyMemory<byte> Octets, DomainRule? Rule, string? Problem)
{
    private const string None = "none";
    private const string Kept = "kept";
    private const string Ignored = "ignored";

    public static DomainLine Read(ReadOnlyMemory<byte> octets)
    {
        var content = octets.Span[..^FileLines.EndOf(octets.Span).Length];
        if (content.Trim(" \t"u8) is [] or [(byte)'#', ..])
            return new DomainLine(octets, null, null);

        string? problem = FileLines.ProblemOf(content);
        DomainRule? rule = null;
        if (problem is null)
            problem = TryParse(FileLines.Utf8.GetString(content), out rule);
        return new DomainLine(octets, problem is null ? rule : null, problem);
    }

    /// <summary>A line as the cmdlets write it.</summary>
    public static DomainLine Of(DomainRule rule) => new(
        FileLines.Utf8.GetBytes($"{rule.Domain} separator={(rule.Separators.Length == 0 ? None : rule.Separators)} case={(rule.IsCaseKept ? Kept : Ignored)} dots={(rule.AreDotsIgnored ? Ignored : Kept)}\n"),
        rule,
        null);

    /// <summary>Why a rule contradicts itself, or null.</summary>
    public static string? ProblemOf(DomainRule rule)
    {
        foreach (var sign in rule.Separators)
        {
            if (!DomainRule.PossibleSeparators.Contains(sign, StringComparison.Ordinal))
                return $"has the separator '{sign}': it is one or more of {DomainRule.PossibleSeparators}";
        }

        return rule.AreDotsIgnored && rule.Separators.Contains('.', StringComparison.Ordinal) ? "ignores dots and has one as separator: it can be only one of them" : null;
    }

    private static string? TryParse(string text, out DomainRule? rule)
    {
        rule = null;
        var words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (!AccountName.TryDomain(words[0], out var domain))
            return $"starts with '{words[0]}', which is no domain";

        var read = new DomainRule(domain);
        foreach (var word in words.Skip(1))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = equals < 0 ? (word, "") : (word[..equals], word[(equals + 1)..]);
            switch (key, value)
            {
                case ("separator", { Length: > 0 }):
                    read = read with { Separators = value == None ? "" : value };
                    break;
                case ("case", Kept or Ignored):
                    read = read with { IsCaseKept = value == Kept };
                    break;
                case ("dots", Kept or Ignored):
                    read = read with { AreDotsIgnored = value == Ignored };
                    break;
                default:
                    return $"holds '{word}': write separator=+ or separator=none, case=kept or case=ignored, dots=kept or dots=ignored";
            }
        }

        rule = read;
        return ProblemOf(read);
    }
}
