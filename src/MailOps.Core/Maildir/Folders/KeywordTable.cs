using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>
/// The keywords of a folder, each with its character in file names: 26 in <c>dovecot-keywords</c> (lines <c>index name</c>), for <c>a</c> to <c>z</c>, and those
/// that have no place there in <c>mailops-keywords</c>, written alike from index 26 on, since Dovecot drops what it cannot have.
/// </summary>
internal sealed class KeywordTable
{
    internal const string FileName = "dovecot-keywords";
    internal const string MoreFileName = "mailops-keywords";

    private const int MostKnown = 4096;

    private readonly string?[] _names = new string?[Most];
    private readonly Dictionary<ulong, ImmutableArray<string>> _known = [];

    /// <summary>How many keywords a folder can have.</summary>
    internal static int Most => MessageLetters.OfKeywords.Length;

    internal IReadOnlyList<string> Names => [.. _names.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Reads the two files; of one that is not there nothing.</summary>
    internal static KeywordTable Parse(ReadOnlySpan<byte> shared, ReadOnlySpan<byte> more)
    {
        var table = new KeywordTable();
        table.Read(shared, 0, MessageLetters.Shared);
        table.Read(more, MessageLetters.Shared, Most);
        return table;
    }

    /// <summary>The content of <c>dovecot-keywords</c>.</summary>
    internal byte[] Format() => Format(0, MessageLetters.Shared);

    /// <summary>The content of <c>mailops-keywords</c>; empty if it needs none.</summary>
    internal byte[] FormatMore() => Format(MessageLetters.Shared, Most);

    internal int IndexOf(string keyword) => Array.FindIndex(_names, name => keyword.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The keyword's character, or null if it has none.</summary>
    internal char? LetterOf(string keyword) => IndexOf(keyword) is >= 0 and var index ? MessageLetters.OfKeywords[index] : null;

    /// <summary>Every character that stands for the keyword, as bits: two, if Dovecot gave one to a keyword that had one here.</summary>
    internal ulong BitsOf(string keyword)
    {
        var bits = 0ul;
        for (var i = 0; i < Most; i++)
            bits |= keyword.Equals(_names[i], StringComparison.OrdinalIgnoreCase) ? 1ul << i : 0;
        return bits;
    }

    /// <summary>Gives a keyword the first character that is free. Those that files already have without a name are left alone.</summary>
    /// <returns>False if all are taken.</returns>
    internal bool TryAdd(string keyword, ulong lettersInUse)
    {
        for (var i = 0; i < Most; i++)
        {
            if (_names[i] is null && (lettersInUse & (1ul << i)) == 0)
            {
                _names[i] = keyword;
                return true;
            }
        }

        return false;
    }

    /// <summary>The keywords of characters, given as bits. A character without a name is none.</summary>
    internal ImmutableArray<string> KeywordsOf(ulong letters)
    {
        if (letters == 0 || (letters & NamedLetters) == 0)
            return [];
        lock (_known)
        {
            if (_known.TryGetValue(letters, out var known))
                return known;
            var result = ImmutableArray.CreateBuilder<string>();
            for (var i = 0; i < Most; i++)
            {
                if ((letters & (1ul << i)) != 0 && _names[i] is { } name && !result.Contains(name, StringComparer.OrdinalIgnoreCase))
                    result.Add(name);
            }

            if (_known.Count < MostKnown)
                _known.Add(letters, result.ToImmutable());
            return result.ToImmutable();
        }
    }

    /// <summary>The characters that have names, as bits.</summary>
    internal ulong NamedLetters
    {
        get
        {
            var named = 0ul;
            for (var i = 0; i < Most; i++)
                named |= _names[i] is null ? 0 : 1ul << i;
            return named;
        }
    }

    /// <summary>The characters that mean something else in another table, as bits.</summary>
    internal ulong Differences(KeywordTable other)
    {
        var differing = 0ul;
        for (var i = 0; i < Most; i++)
            differing |= string.Equals(_names[i], other._names[i], StringComparison.OrdinalIgnoreCase) ? 0 : 1ul << i;
        return differing;
    }

    private void Read(ReadOnlySpan<byte> octets, int from, int to)
    {
        foreach (var line in Encoding.UTF8.GetString(octets).Split('\n'))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0
                && int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index >= from
                && index < to
                && line.Length > space + 1
                && !_names.AsSpan(from, to - from).Contains(line[(space + 1)..], StringComparer.OrdinalIgnoreCase))
            {
                _names[index] ??= line[(space + 1)..];
            }
        }
    }

    private byte[] Format(int from, int to)
    {
        var text = new StringBuilder();
        for (var i = from; i < to; i++)
        {
            if (_names[i] is { } name)
                text.Append(CultureInfo.InvariantCulture, $"{i} {name}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
