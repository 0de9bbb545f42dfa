using System.Globalization;
using System.Text;

namespace MailOps.Client.Mboxes;

/// <summary>
/// The fields that keepers of mbox files put below the header of a message: its state in the file. They are a run at the header's end that
/// <c>Status</c> begins; what a message brought with it stands above.
/// </summary>
internal sealed class MboxStoreFields
{
    private static readonly string[] Names = ["Status", "X-Status", "X-Keywords", "X-UID", "Content-Length", "Lines"];

    private readonly List<(string Name, long Offset)> _run = [];
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private string? _last;

    /// <summary>What <c>Content-Length</c> says; null if it is no number or not there, or only among what the message brought with it.</summary>
    public long? ContentLength => IsCounted && _values.TryGetValue("Content-Length", out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    private bool IsCounted => Start() is not { } start || _run.Exists(one => one.Name == "Content-Length" && one.Offset > start);

    /// <summary>Takes in a line of the header.</summary>
    public void Take(ReadOnlySpan<byte> line, long offset)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (_last is not null)
                _values[_last] += " " + Encoding.UTF8.GetString(line).Trim();
            return;
        }

        var colon = line[..Math.Min(line.Length, 40)].IndexOf((byte)':');
        var name = colon < 0 ? "" : Encoding.ASCII.GetString(line[..colon].TrimEnd(" \t"u8));
        _last = Array.Find(Names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (_last is null)
        {
            _run.Clear();
            return;
        }

        _run.Add((_last, offset));
        _values[_last] = Encoding.UTF8.GetString(line[(colon + 1)..]).Trim();
    }

    /// <summary>Where the run begins, of which each name is there once; null if there is none.</summary>
    public long? Start()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = _run.Count - 1; i >= 0 && seen.Add(_run[i].Name); i--)
        {
            if (_run[i].Name == "Status")
                return _run[i].Offset;
        }

        return null;
    }

    /// <summary>The flags that they tell, as <see cref="MboxEntry.Flags"/> has them.</summary>
    public string Flags()
    {
        var letters = _values.GetValueOrDefault("Status", "") + _values.GetValueOrDefault("X-Status", "");
        var flags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (letter, flag) in Letters)
        {
            if (letters.Contains(letter, StringComparison.Ordinal))
                flags.Add(flag);
        }

        flags.UnionWith(_values.GetValueOrDefault("X-Keywords", "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries));
        return string.Join(' ', flags);
    }

    /// <summary>Writes the run.</summary>
    /// <param name="flags">The flags, as <see cref="MboxEntry.Flags"/> has them.</param>
    /// <param name="contentLength">Octets of the body, where the dialect wants that.</param>
    public static string Format(string flags, long? contentLength)
    {
        var all = flags.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var text = new StringBuilder("Status: ").Append(all.Contains("\\Seen") ? "RO" : "O").Append('\n');
        var letters = string.Concat(Letters.Where(one => one.Letter != 'R' && all.Contains(one.Flag)).Select(one => one.Letter));
        if (letters.Length > 0)
            text.Append("X-Status: ").Append(letters).Append('\n');
        var keywords = string.Join(' ', all.Where(flag => !flag.StartsWith('\\')));
        if (keywords.Length > 0)
            text.Append("X-Keywords: ").Append(keywords).Append('\n');
        if (contentLength is { } length)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\n");
        return text.ToString();
    }

    private static IReadOnlyList<(char Letter, string Flag)> Letters { get; } = [('R', "\\Seen"), ('A', "\\Answered"), ('F', "\\Flagged"), ('T', "\\Draft"), ('D', "\\Deleted")];
}
