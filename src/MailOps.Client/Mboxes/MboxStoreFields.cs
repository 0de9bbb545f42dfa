using System.Globalization;
using System.Text;

namespace MailOps.Client.Mboxes;

/// <summary>
/// The fields that keepers of mbox files put below the header of a message: its state in the file. They are a run at the header's end that
/// <c>Status</c> begins; what a message brought with it stands above.
/// </summary>
internal sealed class MboxStoreFields
{
    private static readonly string[] Names = ["Status", "X-Status", "X-Keywords", "X-UID", "X-IMAPbase", "X-IMAP", "Content-Length", "Lines"];

    private readonly List<(string Name, long Offset, string Value)> _run = [];
    private bool _isOwn;

    /// <summary>What <c>Content-Length</c> says; null if it is no number or not there, or only among what the message brought with it.</summary>
    public long? ContentLength => long.TryParse(Value("Content-Length", Start() ?? 0), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    /// <summary>Takes in a line of the header.</summary>
    public void Take(ReadOnlySpan<byte> line, long offset)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (_isOwn && _run.Count > 0)
                _run[^1] = _run[^1] with { Value = _run[^1].Value + " " + Encoding.UTF8.GetString(line).Trim() };
            return;
        }

        var colon = line[..Math.Min(line.Length, 40)].IndexOf((byte)':');
        var name = colon < 0 ? "" : Encoding.ASCII.GetString(line[..colon].TrimEnd(" \t"u8));
        var known = Array.Find(Names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        _isOwn = known is not null;

        // What stands above a field of the message's own is the message's own as well.
        if (known is null)
            _run.Clear();
        else
            _run.Add((known, offset, Encoding.UTF8.GetString(line[(colon + 1)..]).Trim()));
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
        // Some keepers write no Status for a message that has neither of its letters; what they always write is X-UID.
        if ((Start() ?? (_run.Exists(one => one.Name == "X-UID") ? 0 : null)) is not { } start)
            return "";
        var letters = Value("Status", start) + Value("X-Status", start);
        var flags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (letter, flag) in Letters)
        {
            if (letters.Contains(letter, StringComparison.Ordinal))
                flags.Add(flag);
        }

        flags.UnionWith(Value("X-Keywords", start).Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Where(keyword => !keyword.StartsWith('\\') && Maildirs.MessageFlags.IsFlag(keyword)));
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

    private string Value(string name, long start) => _run.LastOrDefault(one => one.Name == name && one.Offset >= start).Value ?? "";

    private static IReadOnlyList<(char Letter, string Flag)> Letters { get; } = [('R', "\\Seen"), ('A', "\\Answered"), ('F', "\\Flagged"), ('T', "\\Draft"), ('D', "\\Deleted")];
}
