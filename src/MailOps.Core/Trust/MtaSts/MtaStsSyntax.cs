using System.Buffers;
using System.Globalization;

namespace MailOps.Trust.MtaSts;

/// <summary>What the grammars of the TXT record and of the policy share (RFC 8461 sections 3.1 and 3.2).</summary>
internal static class MtaStsSyntax
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    /// <summary>A field's name: a letter or digit, and up to 31 of those, hyphens, underscores and dots.</summary>
    public static bool IsExtensionName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= 32 && char.IsAsciiLetterOrDigit(name[0]) && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>A field as a reason tells it: short, and without what would disturb a terminal.</summary>
    public static string Show(ReadOnlySpan<char> text)
    {
        var shown = (text.Length > 60 ? text[..60] : text).ToString();
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString())) + (text.Length > 60 ? "…'" : "'");
    }
}
