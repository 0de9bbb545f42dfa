using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts.Files;

/// <summary>A line of the file of aliases as it lies there, with the lines that continue it, and what it is.</summary>
/// <param name="Octets">All of its lines with their ends.</param>
/// <param name="Number">The number of the first, from 1.</param>
/// <param name="Name">The alias's name as it is written; null for a comment, an empty line and a broken one.</param>
/// <param name="Targets">The targets as they are written.</param>
/// <param name="Problem">What is wrong with a broken line; null otherwise.</param>
internal sealed record AliasLine(ReadOnlyMemory<byte> Octets, int Number, string? Name, IReadOnlyList<string> Targets, string? Problem)
{
    // Stands for the server's first domain, which the file does not know.
    private const string BareDomain = "bare.invalid";

    /// <summary>True if a physical line is empty or a comment, which may stand between a line and what continues it.</summary>
    public static bool IsSilent(ReadOnlySpan<byte> line) =>
        line.Trim(" \t\r\n"u8) is [] or [(byte)'#', ..];

    /// <summary>A comment or an empty line.</summary>
    public static AliasLine Silent(ReadOnlyMemory<byte> octets, int number) => new(octets, number, null, [], null);

    /// <summary>Reads a target. What would be a program or a file elsewhere is none, although an address could look so.</summary>
    public static bool IsTarget(string text, string? defaultDomain, out Address target)
    {
        target = default;
        return text is not ['|' or '/', ..] && Address.TryParse(text, defaultDomain, out target);
    }

    /// <summary>Reads the lines of one alias.</summary>
    public static AliasLine Read(ReadOnlyMemory<byte> octets, int number)
    {
        var text = new List<string>();
        foreach (var line in FileLines.Split(octets))
        {
            var content = line.Span[..^FileLines.EndOf(line.Span).Length];
            if (IsSilent(content))
                continue;
            if (FileLines.ProblemOf(content) is { } problem)
                return Broken(problem);
            text.Add(FileLines.Utf8.GetString(content));
        }

        return text[0][0] is ' ' or '\t'
            ? Broken("starts with a space, but there is no line before that it could go on with")
            : Parse(string.Join(' ', text));

        AliasLine Broken(string problem) => new(octets, number, null, [], problem);

        AliasLine Parse(string whole)
        {
            var words = whole.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || whole[0] == ',')
                return Broken("has no name: write an address, a space, and the targets with commas between them");
            if (words[0].EndsWith(':'))
                return Broken($"has a colon behind its name, as /etc/aliases has it: write '{words[0].TrimEnd(':')}', a space, and the targets");
            if (!Address.TryParse(words[0], BareDomain, out _))
                return Broken($"has the name '{words[0]}', which is no address: write local@domain, or @domain for all of a domain");
            if (words.Length == 1)
                return Broken($"has no target behind '{words[0]}'");
            return words.Skip(1).FirstOrDefault(word => !IsTarget(word, BareDomain, out _)) is { } bad
                ? Broken($"has the target '{bad}', which is no address: programs, files and :include: are not taken")
                : new AliasLine(octets, number, words[0], words[1..], null);
        }
    }

    /// <summary>A line as the cmdlets write it.</summary>
    public static AliasLine Of(string name, IReadOnlyList<string> targets) =>
        new(FileLines.Utf8.GetBytes($"{name} {string.Join(", ", targets)}\n"), 0, name, targets, null);
}
