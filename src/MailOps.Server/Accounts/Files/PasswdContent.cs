using System.Collections.Immutable;
using System.Globalization;

namespace MailOps.Server.Accounts.Files;

/// <summary>What a passwd-file holds, line by line. Changing it gives another content; lines that are not touched keep every octet.</summary>
internal sealed class PasswdContent : IFileContent<PasswdContent>
{
    private readonly ImmutableArray<PasswdLine> _lines;

    private PasswdContent(ImmutableArray<PasswdLine> lines) => _lines = lines;

    public static PasswdContent Empty { get; } = new([]);

    /// <summary>The accounts in the order of the file. Of lines with the same name the first counts, as for Dovecot.</summary>
    public IEnumerable<PasswdEntry> Entries => _lines.Where(line => line.Entry is not null).Select(line => line.Entry!).DistinctBy(entry => Key(entry.Name), StringComparer.Ordinal);

    /// <summary>What is wrong with the file.</summary>
    public IEnumerable<LineProblem> Problems
    {
        get
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var at = 0; at < _lines.Length; at++)
            {
                var line = _lines[at];
                if (line.Problem is { } problem)
                    yield return new LineProblem(at + 1, problem);
                else if (line.Entry is { } entry && !AccountName.TryParse(entry.Name, "bare.invalid", out _))
                    yield return new LineProblem(at + 1, "has a name that no account can have: write local@domain, a dot-atom before the at sign");
                else if (line.Entry is { } again && !seen.Add(Key(again.Name)))
                    yield return new LineProblem(at + 1, "has the name of a line before, which counts");
            }
        }
    }

    public static PasswdContent Read(ReadOnlyMemory<byte> octets) => new([.. FileLines.Split(octets).Select(PasswdLine.Read)]);

    public PasswdEntry? Find(string name) => Entries.FirstOrDefault(entry => Key(entry.Name) == Key(name));

    /// <summary>The content with this entry in the place of the one of its name, or at the end.</summary>
    public PasswdContent With(PasswdEntry entry)
    {
        var at = IndexOf(entry.Name);
        return at >= 0
            ? new PasswdContent(_lines.SetItem(at, _lines[at].With(entry)))
            : new PasswdContent([.. Ended(), PasswdLine.Of(entry)]);
    }

    /// <summary>The content without that name: all lines of it, or a second one would come to life.</summary>
    public PasswdContent Without(string name) =>
        new(_lines.RemoveAll(line => line.Entry is { } entry && Key(entry.Name) == Key(name)));

    public byte[] ToBytes() => FileLines.Join(_lines.Select(line => line.Octets));

    /// <summary>A comment at the end.</summary>
    public PasswdContent WithComment(string text) =>
        new([.. Ended(), PasswdLine.Read(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"# {text}\n")))]);

    /// <summary>The rest of the first comment that starts with a word, or null.</summary>
    public string? FindComment(string word)
    {
        foreach (var line in _lines)
        {
            var text = line.Octets.Span;
            if (text.StartsWith("# "u8) && text[2..].StartsWith(System.Text.Encoding.UTF8.GetBytes(word)))
                return System.Text.Encoding.UTF8.GetString(text[(2 + word.Length)..]).Trim();
        }

        return null;
    }

    // Before something is appended, the last line gets the end that it may lack.
    private ImmutableArray<PasswdLine> Ended() =>
        _lines.IsEmpty ? _lines : _lines.SetItem(_lines.Length - 1, _lines[^1] with { Octets = FileLines.Ended(_lines[^1].Octets) });

    private int IndexOf(string name)
    {
        for (var at = 0; at < _lines.Length; at++)
        {
            if (_lines[at].Entry is { } entry && Key(entry.Name) == Key(name))
                return at;
        }

        return -1;
    }

    // A name that no account can have is only equal to itself.
    private static string Key(string name) =>
        AccountName.TryParse(name, "bare.invalid", out var canonical) ? canonical : name;
}
