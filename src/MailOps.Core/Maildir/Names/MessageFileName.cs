using System.Globalization;

namespace MailOps.Maildir.Names;

/// <summary>
/// The parts of a message's file name: a base that never changes, with sizes in it (<c>,S=1234,W=1260</c>: octets on disk and
/// as sent), and the info (<c>:2,FS</c>) that holds the flags.
/// </summary>
internal static class MessageFileName
{
    /// <summary>Before the info. NTFS takes no colon in a name, so Windows has a semicolon there.</summary>
    internal static readonly char InfoSeparator = OperatingSystem.IsWindows() ? ';' : ':';

    /// <summary>Info without a flag.</summary>
    internal static readonly string EmptyInfo = InfoSeparator + "2,";

    private const string SystemLetters = "DFRST";

    /// <summary>Parts a name at the info.</summary>
    internal static int InfoStart(ReadOnlySpan<char> fileName)
    {
        var separator = fileName.IndexOf(InfoSeparator);
        return separator < 0 ? fileName.Length : separator;
    }

    /// <summary>True for a name that a list can hold and that is text: others are no messages for servers, and Test-Maildir tells of them.</summary>
    internal static bool CanBeListed(ReadOnlySpan<char> fileName) =>
        InfoStart(fileName) > 0 && !fileName.ContainsAnyInRange('\0', '\x1F') && !fileName.Contains('\uFFFD');

    /// <summary>A size in the base, by its letter: <c>S</c> on disk, <c>W</c> as sent. -1 if it is not there.</summary>
    internal static long SizeIn(ReadOnlySpan<char> baseName, char letter)
    {
        for (var rest = baseName; ;)
        {
            var comma = rest.IndexOf(',');
            if (comma < 0)
                return -1;
            rest = rest[(comma + 1)..];
            if (rest.Length < 3 || rest[0] != letter || rest[1] != '=')
                continue;
            var digits = rest[2..];
            var end = digits.IndexOfAnyExceptInRange('0', '9');
            if (long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                return size;
        }
    }

    /// <summary>The letters of an info; empty if it has none.</summary>
    internal static ReadOnlySpan<char> Letters(ReadOnlySpan<char> info) =>
        info.Length >= 3 && info[1] == '2' && info[2] == ',' ? info[3..] : [];

    /// <summary>The system flags among letters.</summary>
    internal static SystemFlags SystemFlagsOf(ReadOnlySpan<char> letters)
    {
        var flags = SystemFlags.None;
        foreach (var letter in letters)
        {
            flags |= letter switch
            {
                'D' => SystemFlags.Draft,
                'F' => SystemFlags.Flagged,
                'R' => SystemFlags.Answered,
                'S' => SystemFlags.Seen,
                'T' => SystemFlags.Deleted,
                _ => SystemFlags.None,
            };
        }

        return flags;
    }

    /// <summary>An info with these flags, in the order of the alphabet, with the letters of others (<c>P</c> for passed) kept from the old one.</summary>
    internal static string InfoOf(SystemFlags system, IEnumerable<char> keywords, ReadOnlySpan<char> oldLetters)
    {
        var letters = new SortedSet<char>(keywords);
        foreach (var letter in oldLetters)
        {
            if (!SystemLetters.Contains(letter, StringComparison.Ordinal) && MessageLetters.BitOf(letter) == 0)
                letters.Add(letter);
        }

        if (system.HasFlag(SystemFlags.Draft))
            letters.Add('D');
        if (system.HasFlag(SystemFlags.Flagged))
            letters.Add('F');
        if (system.HasFlag(SystemFlags.Answered))
            letters.Add('R');
        if (system.HasFlag(SystemFlags.Seen))
            letters.Add('S');
        if (system.HasFlag(SystemFlags.Deleted))
            letters.Add('T');
        return EmptyInfo + string.Concat(letters);
    }
}
