using System.Globalization;
using System.Text;

namespace MailOps.Sasl;

/// <summary>SASLprep (RFC 4013): names and passwords that look the same become the same.</summary>
/// <remarks>
/// Mapping (section 2.1), normalization to NFKC (2.2) and the prohibited characters (2.3) are done. Two things are left
/// out, and both only let more strings through, never make two different ones equal: the check of bidirectional text
/// (2.4), and the refusal of code points that Unicode 3.2 did not know (2.5), which would forbid every newer script and
/// emoji. Normalization is that of the runtime's Unicode version.
/// </remarks>
internal static class SaslPrep
{
    /// <summary>The prepared text.</summary>
    /// <exception cref="SaslException">The text holds a prohibited character. The message does not show the text.</exception>
    public static string Prepare(string text) =>
        TryPrepare(text, out var prepared)
            ? prepared
            : throw new SaslException("The user name or the password holds a character that SASLprep forbids, such as a control character (RFC 4013 section 2.3).");

    /// <summary>The prepared text, or false if a prohibited character is in it.</summary>
    public static bool TryPrepare(string text, out string prepared)
    {
        prepared = text;
        if (Ascii.IsValid(text))
            return !text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.Contains('\x7f', StringComparison.Ordinal);

        var mapped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // Half of a surrogate pair comes out as U+FFFD, which is prohibited below.
            if (IsMappedToNothing(rune.Value))
                continue;
            mapped.Append(IsNonAsciiSpace(rune.Value) ? " " : rune.ToString());
        }

        prepared = mapped.ToString().Normalize(NormalizationForm.FormKC);
        foreach (var rune in prepared.EnumerateRunes())
        {
            if (IsProhibited(rune))
                return false;
        }

        return true;
    }

    // RFC 3454 table B.1.
    private static bool IsMappedToNothing(int code) =>
        code is 0x00ad or 0x034f or 0x1806 or (>= 0x180b and <= 0x180d) or (>= 0x200b and <= 0x200d)
            or 0x2060 or (>= 0xfe00 and <= 0xfe0f) or 0xfeff;

    // RFC 3454 table C.1.2; U+200B is in B.1 too, which comes first.
    private static bool IsNonAsciiSpace(int code) =>
        code is 0x00a0 or 0x1680 or (>= 0x2000 and <= 0x200a) or 0x202f or 0x205f or 0x3000;

    // RFC 3454 tables C.2.1, C.2.2, C.3, C.4, C.5, C.6, C.7, C.8 and C.9.
    private static bool IsProhibited(Rune rune)
    {
        var code = rune.Value;
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
            || code is 0x06dd or 0x070f or 0x180e or 0x200c or 0x200d or 0x2028 or 0x2029
                or (>= 0x2060 and <= 0x2063) or (>= 0x206a and <= 0x206f) or 0xfeff or (>= 0xfff9 and <= 0xfffd)
                or (>= 0x1d173 and <= 0x1d17a) or (>= 0x2ff0 and <= 0x2ffb) or 0x0340 or 0x0341
                or 0x200e or 0x200f or (>= 0x202a and <= 0x202e) or 0xe0001 or (>= 0xe0020 and <= 0xe007f)
                or (>= 0xfdd0 and <= 0xfdef)
            || (code & 0xfffe) == 0xfffe;
    }
}
