using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>The keywords of a folder (<c>dovecot-keywords</c>: lines <c>index name</c>), each with its letter <c>a</c> to <c>z</c> in file names.</summary>
internal sealed class KeywordTable
{
    internal const string FileName = "dovecot-keywords";
    internal const int Most = 26;

    private const int MostKnown = 4096;

    private readonly string?[] _names = new string?[Most];
    private readonly Dictionary<uint, ImmutableArray<string>> _known = [];

    internal IReadOnlyList<string> Names => [.. _names.OfType<string>()];

    internal static KeywordTable Parse(ReadOnlySpan<byte> octets)
    {
        var table = new KeywordTable();
        foreach (var line in Encoding.UTF8.GetString(octets).Split('\n'))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0
                && int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < Most
                && line.Length > space + 1
                && table.IndexOf(line[(space + 1)..]) < 0)
            {
                table._names[index] ??= line[(space + 1)..];
            }
        }

        return table;
    }

    internal byte[] Format()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Most; i++)
        {
            if (_names[i] is { } name)
                text.Append(CultureInfo.InvariantCulture, $"{i} {name}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    internal int IndexOf(string keyword) => Array.FindIndex(_names, name => keyword.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The keyword's letter, or null if it has none.</summary>
    internal char? LetterOf(string keyword) => IndexOf(keyword) is >= 0 and var index ? (char)('a' + index) : null;

    /// <summary>Gives a keyword the first letter that is free. Letters that files already have without a name are left alone.</summary>
    /// <returns>False if all 26 are taken.</returns>
    internal bool TryAdd(string keyword, uint lettersInUse)
    {
        for (var i = 0; i < Most; i++)
        {
            if (_names[i] is null && (lettersInUse & (1u << i)) == 0)
            {
                _names[i] = keyword;
                return true;
            }
        }

        return false;
    }

    /// <summary>The keywords of letters, given as bits. A letter without a name is none.</summary>
    internal ImmutableArray<string> KeywordsOf(uint letters)
    {
        if (letters == 0 || (letters & NamedLetters) == 0)
            return [];
        lock (_known)
        {
            if (_known.TryGetValue(letters, out var known))
                return known;
            var result = ImmutableArray.CreateBuilder<string>();
            foreach (var letter in MessageLetters.LettersOf(letters))
            {
                if (_names[letter - 'a'] is { } name && !result.Contains(name))
                    result.Add(name);
            }

            if (_known.Count < MostKnown)
                _known.Add(letters, result.ToImmutable());
            return result.ToImmutable();
        }
    }

    /// <summary>The letters that have names, as bits.</summary>
    internal uint NamedLetters
    {
        get
        {
            var named = 0u;
            for (var i = 0; i < Most; i++)
                named |= _names[i] is null ? 0 : 1u << i;
            return named;
        }
    }

    /// <summary>The letters that mean something else in another table, as bits.</summary>
    internal uint Differences(KeywordTable other)
    {
        var differing = 0u;
        for (var i = 0; i < Most; i++)
            differing |= string.Equals(_names[i], other._names[i], StringComparison.OrdinalIgnoreCase) ? 0 : 1u << i;
        return differing;
    }
}
