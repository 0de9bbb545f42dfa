using System.Globalization;
using System.Text;

namespace MailOps.Smtp;

/// <summary>What RFC 6531 adds to the grammar of addresses: UTF-8 in local parts, U-labels in domains.</summary>
internal static class InternationalText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // UTS 46, not transitional: "faß" stays itself.
    private static readonly IdnMapping Idn = new() { AllowUnassigned = false, UseStd3AsciiRules = true };

    /// <summary>Decodes UTF-8 without controls and without what ends a line; false if it is anything else.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> octets, out string text)
    {
        try
        {
            text = Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }

        return !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');
    }

    /// <summary>
    /// A domain with A-labels, in lower case; false if it is none. Only a U-label becomes one (RFC 5890 section 2.3.2.1),
    /// its case and composition aside: what is merely mapped to another name, such as wide letters, is a look-alike of it.
    /// </summary>
    internal static bool TryToAscii(string domain, out string ascii)
    {
        ascii = "";
        try
        {
            foreach (var label in domain.Split('.'))
            {
                if (!Ascii.IsValid(label) && Idn.GetUnicode(Idn.GetAscii(label)) != label.Normalize().ToLowerInvariant())
                    return false;
            }

            ascii = Idn.GetAscii(domain).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
