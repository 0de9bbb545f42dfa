using System.Globalization;

namespace MailOps.Maildir.Names;

/// <summary>What no level of a mailbox's name may be, in every layout. Rules read as the end of a sentence that begins with the name.</summary>
internal static class NameRules
{
    /// <summary>What file systems take in one name, in octets.</summary>
    internal const int LongestName = 255;

    // Windows takes none of these in a name; they are written in modified UTF-7 there.
    private const string RefusedByWindows = "\\:*?\"<>|";

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>The rule that a level breaks, or null.</summary>
    internal static string? OfLevel(string level)
    {
        if (level.Length == 0)
            return "has an empty level";
        if (level is "." or "..")
            return $"has a level '{level}', which leads to another directory";
        for (var i = 0; i < level.Length; i++)
        {
            var c = level[i];
            if (char.IsControl(c))
                return string.Create(CultureInfo.InvariantCulture, $"has a control character (U+{(int)c:X4})");
            if (c is '\u2028' or '\u2029')
                return string.Create(CultureInfo.InvariantCulture, $"has a separator of lines or paragraphs (U+{(int)c:X4})");
            if (c == '\uFFFD')
                return "has U+FFFD, which stands for a character that was lost";
            if (char.IsHighSurrogate(c) && i + 1 < level.Length && char.IsLowSurrogate(level[i + 1]))
                i++;
            else if (char.IsSurrogate(c))
                return string.Create(CultureInfo.InvariantCulture, $"has half a character (U+{(int)c:X4})");
        }

        return null;
    }

    /// <summary>The characters that are written in modified UTF-7 although they are printable.</summary>
    internal static string AlsoEncoded(string ofLayout, bool windows) => windows ? ofLayout + RefusedByWindows : ofLayout;

    /// <summary>The rule of Windows that a directory's name breaks, or null.</summary>
    internal static string? OfWindows(string directory)
    {
        if (directory.EndsWith(' ') || directory.EndsWith('.'))
            return "has a level that ends in a space or a dot, which Windows takes off";
        var dot = directory.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? directory : directory[..dot]).TrimEnd(' ');
        return IsDevice(stem) ? $"has a level '{directory}', which is a device on Windows" : null;
    }

    /// <summary>True for a name that Windows keeps for a device, with any extension: CON, NUL, COM1, LPT¹ and their like.</summary>
    internal static bool IsDevice(string stem) =>
        Devices.Contains(stem, StringComparer.OrdinalIgnoreCase)
        || (stem.Length == 4
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
            && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');

    /// <summary>The rule that a too long directory name breaks, or null.</summary>
    internal static string? OfLength(int octets, int most) => octets <= most
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"is too long: its directory would have a name of {octets} octets, and file systems take {most}");
}
