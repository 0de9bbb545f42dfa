using System.Globalization;

namespace MailOps.Smtp;

/// <summary>An enhanced status code (RFC 3463), such as 5.1.1.</summary>
/// <param name="Class">2 success, 4 for now, 5 for good.</param>
/// <param name="Subject">What it is about: 1 address, 2 mailbox, 3 system, 4 routing, 5 protocol, 6 content, 7 security.</param>
/// <param name="Detail">Which case.</param>
public readonly record struct EnhancedStatusCode(byte Class, ushort Subject, ushort Detail)
{
    /// <summary>Reads a code at the start of a text, up to a space or the end.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatusCode code)
    {
        code = default;
        if (text.IndexOf(' ') is >= 0 and var space)
            text = text[..space];
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3
            || !TryNumber(text[parts[0]], 1, out var cls) || cls is not (2 or 4 or 5)
            || !TryNumber(text[parts[1]], 3, out var subject)
            || !TryNumber(text[parts[2]], 3, out var detail))
        {
            return false;
        }

        code = new EnhancedStatusCode((byte)cls, subject, detail);
        return true;
    }

    /// <summary>The code as it stands in a reply.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static bool TryNumber(ReadOnlySpan<char> text, int maxDigits, out ushort value)
    {
        value = 0;
        return text.Length >= 1 && text.Length <= maxDigits
            && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
