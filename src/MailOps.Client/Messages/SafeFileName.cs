using System.Globalization;
using System.Text;
using MimeKit;

namespace MailOps.Client.Messages;

/// <summary>
/// Names of files out of names that strangers wrote: the same on every system, so that what is saved on one can be copied to another.
/// No folder, drive, stream or device is reached by them, nothing is hidden, and they look like what they are.
/// </summary>
internal static class SafeFileName
{
    // In UTF-8; room is left for a number and for a system's own additions below the 255 that file systems take.
    private const int MostOctets = 200;
    private const int LongestExtension = 20;

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>A name for a part.</summary>
    /// <param name="name">The name that the message has for it, or null.</param>
    /// <param name="mediaType">Its media type, for a part without a name.</param>
    /// <param name="part">Its number, for a part without a name.</param>
    public static string Of(string? name, string mediaType, string part)
    {
        var plain = Clean(name ?? "");
        if (plain.Length == 0)
            plain = $"part-{part}{(MimeTypes.TryGetExtension(mediaType, out var extension) ? extension : "")}";
        return Shorten(plain);
    }

    /// <summary>The name with a number: what a second file of that name is called.</summary>
    public static string Numbered(string name, int number)
    {
        var extension = Extension(name);
        return string.Create(CultureInfo.InvariantCulture, $"{name[..^extension.Length]} ({number}){extension}");
    }

    private static string Clean(string name)
    {
        // A path is a stranger's own folder: what counts stands behind it.
        var text = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            plain.Append(IsPlain(rune) ? rune.ToString() : "_");
        var clean = plain.ToString().Normalize().Trim().TrimEnd('.', ' ');
        while (clean.Length > 0 && (clean[^1] == '.' || char.IsWhiteSpace(clean[^1])))
            clean = clean[..^1];

        // Hidden where a dot begins a name, an option where a hyphen does.
        if (clean.Length > 0 && clean[0] is '.' or '-')
            clean = '_' + clean[1..];
        if (clean.All(character => character is '_' or ' '))
            return "";
        var stem = clean.Split('.', 2)[0].TrimEnd();
        return Devices.Contains(stem) ? '_' + clean : clean;
    }

    // Control characters, and those that are not seen or turn the direction of writing, by which an .exe looks like a picture.
    private static bool IsPlain(Rune rune) => rune.Value is not ('<' or '>' or ':' or '"' or '|' or '?' or '*' or 0xFFFD) && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MostOctets)
            return name;
        var extension = Extension(name);
        var room = MostOctets - Encoding.UTF8.GetByteCount(extension);
        var stem = new StringBuilder();
        var elements = StringInfo.GetTextElementEnumerator(name[..^extension.Length]);
        while (elements.MoveNext())
        {
            var element = elements.GetTextElement();
            room -= Encoding.UTF8.GetByteCount(element);
            if (room < 0)
                break;
            stem.Append(element);
        }

        return stem.Length == 0 ? "_" + extension : stem.ToString().TrimEnd('.', ' ') + extension;
    }

    private static string Extension(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && Encoding.UTF8.GetByteCount(name.AsSpan(dot)) <= LongestExtension ? name[dot..] : "";
    }
}
