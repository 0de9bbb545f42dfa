using System.Globalization;
using System.Text;

namespace MailOps.Smtp;

/// <summary>The encodings of parameters that hold what a parameter cannot (RFC 3461 section 4, RFC 6533 section 3).</summary>
internal static class Xtext
{
    /// <summary>Decodes xtext: printable ASCII, <c>+</c> and two hexadecimal digits for another octet. What it stands for must be printable ASCII too, or it could break out of the field that it is written into.</summary>
    internal static bool TryDecode(ReadOnlySpan<char> xtext, out string text)
    {
        var decoded = new StringBuilder(xtext.Length);
        text = "";
        for (var i = 0; i < xtext.Length; i++)
        {
            var c = xtext[i];
            if (c is < '!' or > '~' or '=')
                return false;

            if (c == '+')
            {
                if (i + 2 >= xtext.Length || !IsUpperHex(xtext[i + 1]) || !IsUpperHex(xtext[i + 2]))
                    return false;
                c = (char)byte.Parse(xtext.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
                if (c is < ' ' or > '~')
                    return false;
            }

            decoded.Append(c);
        }

        text = decoded.ToString();
        return text.Length > 0;
    }

    /// <summary>Encodes printable ASCII as xtext. What is not is left out: it could not be told apart from other text behind the decoder.</summary>
    internal static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (c is > ' ' and <= '~' and not ('+' or '='))
                encoded.Append(c);
            else if (c is ' ' or '+' or '=')
                encoded.Append(CultureInfo.InvariantCulture, $"+{(int)c:X2}");
        }

        return encoded.ToString();
    }

    /// <summary>Encodes an address of the type utf-8 in ASCII alone, so that it passes servers without SMTPUTF8 (RFC 6533 section 3).</summary>
    internal static string EncodeUtf8Address(string address)
    {
        var encoded = new StringBuilder(address.Length + 16);
        foreach (var rune in address.EnumerateRunes())
        {
            if (rune.Value is > ' ' and <= '~' and not ('+' or '=' or '\\'))
                encoded.Append((char)rune.Value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $@"\x{{{rune.Value:X2}}}");
        }

        return encoded.ToString();
    }

    /// <summary>Decodes an address of the type utf-8: UTF-8 as it is, or <c>\x{</c> its code point in hexadecimal digits <c>}</c>.</summary>
    internal static bool TryDecodeUtf8Address(ReadOnlySpan<char> encoded, out string address)
    {
        var decoded = new StringBuilder(encoded.Length);
        address = "";
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (c is <= ' ' or '+' or '=' or '\uFFFD')
                return false;

            if (c != '\\')
            {
                decoded.Append(c);
                continue;
            }

            var end = encoded[i..].IndexOf('}');
            if (end < 0 || !encoded[i..].StartsWith(@"\x{") || !TryCodePoint(encoded[(i + 3)..(i + end)], out var rune))
                return false;
            decoded.Append(rune.ToString());
            i += end;
        }

        return InternationalText.TryDecode(Encoding.UTF8.GetBytes(decoded.ToString()), out address) && address.Length > 0;
    }

    private static bool TryCodePoint(ReadOnlySpan<char> digits, out Rune rune)
    {
        rune = default;
        return digits.Length is >= 2 and <= 6
            && digits.IndexOfAnyExcept("0123456789ABCDEF") < 0
            && Rune.TryCreate(int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), out rune);
    }

    private static bool IsUpperHex(char c) => char.IsAsciiHexDigitUpper(c);
}
