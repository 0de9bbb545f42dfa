using System.Globalization;
using System.Text;

namespace MailOps.Client.Archives;

/// <summary>The file <c>.mh_sequences</c>: named sets of messages, a line each, as <c>unseen: 3 5-8</c>. What nobody here knows of stays as it is.</summary>
internal sealed class MhSequences
{
    /// <summary>The file's name.</summary>
    public const string FileName = ".mh_sequences";

    private const string Unseen = "unseen";
    private const string Current = "cur";

    // As nmh, Python's mailbox and mutt call them.
    private static readonly (string Sequence, string Flag)[] Known = [("replied", "\\Answered"), ("flagged", "\\Flagged")];

    private readonly Dictionary<string, SortedSet<int>> _sequences = new(StringComparer.Ordinal);
    private readonly bool _isThere;

    private MhSequences(bool isThere) => _isThere = isThere;

    /// <summary>Reads the file of a directory; empty if there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MhSequences Read(string directory)
    {
        var path = Path.Join(directory, FileName);
        if (!File.Exists(path))
            return new MhSequences(isThere: false);
        var sequences = new MhSequences(isThere: true);
        foreach (var line in File.ReadLines(path))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                sequences._sequences[line[..colon].Trim()] = Numbers(line[(colon + 1)..]);
        }

        return sequences;
    }

    /// <summary>Flags and keywords of a message. A directory without the file tells of none; with it, what is not unseen is seen.</summary>
    public IReadOnlyList<string> FlagsOf(int number)
    {
        if (!_isThere)
            return [];
        var flags = new List<string>();
        if (!Has(Unseen, number))
            flags.Add("\\Seen");
        flags.AddRange(Known.Where(one => Has(one.Sequence, number)).Select(one => one.Flag));
        flags.AddRange(_sequences.Where(one => one.Value.Contains(number) && IsKeyword(one.Key)).Select(one => one.Key));
        return flags;
    }

    /// <summary>Says what is known of a message.</summary>
    public void Set(int number, IReadOnlyCollection<string> flags)
    {
        // Without the file nothing was seen, and with it all would be: what is there is made to stay what it was by the caller.
        if (!flags.Contains("\\Seen", StringComparer.OrdinalIgnoreCase))
            Of(Unseen).Add(number);
        foreach (var (sequence, flag) in Known)
        {
            if (flags.Contains(flag, StringComparer.OrdinalIgnoreCase))
                Of(sequence).Add(number);
        }

        foreach (var keyword in flags.Where(flag => !flag.StartsWith('\\') && IsKeyword(flag) && IsName(flag)))
            Of(keyword).Add(number);
    }

    /// <summary>Writes the file: all of it or nothing.</summary>
    public void Write(string directory)
    {
        var text = new StringBuilder();
        foreach (var (name, numbers) in _sequences.Where(one => one.Value.Count > 0))
            text.Append(name).Append(": ").AppendJoin(' ', Ranges(numbers)).Append('\n');
        var path = Path.Join(directory, FileName);
        var part = Path.Join(directory, $",mailops-{Guid.NewGuid():N}");
        File.WriteAllText(part, text.ToString());
        File.Move(part, path, overwrite: true);
    }

    private bool Has(string sequence, int number) => _sequences.TryGetValue(sequence, out var numbers) && numbers.Contains(number);

    private SortedSet<int> Of(string sequence) => _sequences.TryGetValue(sequence, out var known) ? known : _sequences[sequence] = [];

    private static bool IsKeyword(string name) => name is not (Unseen or Current) && !Array.Exists(Known, one => one.Sequence == name);

    // A name of MH is letters and digits, and begins with a letter.
    private static bool IsName(string flag) => char.IsAsciiLetter(flag[0]) && flag.All(char.IsAsciiLetterOrDigit);

    private static SortedSet<int> Numbers(string text)
    {
        var numbers = new SortedSet<int>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = word.Split('-', 2);
            // What is none is passed over, and so is a range that nobody has messages for.
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last - (long)first > 10_000_000)
                continue;
            for (long number = first; number <= last; number++)
                numbers.Add((int)number);
        }

        return numbers;
    }

    private static IEnumerable<string> Ranges(SortedSet<int> numbers)
    {
        int? first = null;
        var last = 0;
        foreach (var number in numbers)
        {
            if (first is not null && number != last + 1)
            {
                yield return Range(first.Value, last);
                first = null;
            }

            first ??= number;
            last = number;
        }

        if (first is not null)
            yield return Range(first.Value, last);
    }

    private static string Range(int first, int last) => string.Create(CultureInfo.InvariantCulture, $"{first}{(last > first ? $"-{last}" : "")}");
}
