using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>Modified UTF-7, the spelling of mailbox names in IMAP and on disk (RFC 3501 section 5.1.3): printable ASCII as it is, the rest as base64 of UTF-16 between <c>&amp;</c> and <c>-</c>.</summary>
internal static class ModifiedUtf7
{
    private static readonly UnicodeEncoding Utf16 = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);

    /// <summary>Encodes a name. Characters of <paramref name="alsoEncoded"/> are written in base64 although they are printable.</summary>
    internal static string Encode(string name, ReadOnlySpan<char> alsoEncoded = default)
    {
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('&', StringComparison.Ordinal) && !name.AsSpan().ContainsAny(alsoEncoded))
            return name;

        var result = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length;)
        {
            if (IsDirect(name[i], alsoEncoded))
            {
                result.Append(name[i]);
                if (name[i++] == '&')
                    result.Append('-');
                continue;
            }

            var start = i;
            while (i < name.Length && !IsDirect(name[i], alsoEncoded))
                i++;
            var base64 = Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(name, start, i - start)).TrimEnd('=').Replace('/', ',');
            result.Append('&').Append(base64).Append('-');
        }

        return result.ToString();
    }

    /// <summary>Decodes a name; false if it is not modified UTF-7.</summary>
    internal static bool TryDecode(string encoded, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (encoded.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return false;

        var result = new StringBuilder(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '&')
            {
                result.Append(encoded[i]);
                continue;
            }

            var end = encoded.IndexOf('-', i);
            if (end < 0)
                return false;
            if (end == i + 1)
                result.Append('&');
            else if (!TryDecodeShift(encoded.AsSpan(i + 1, end - i - 1), result))
                return false;
            i = end;
        }

        name = result.ToString();
        return true;
    }

    /// <summary>Decodes a name; false if it is not exactly what <see cref="Encode"/> makes of any name: then two spellings could mean one mailbox.</summary>
    internal static bool TryDecodeExactly(string encoded, [NotNullWhen(true)] out string? name, ReadOnlySpan<char> alsoEncoded = default) =>
        TryDecode(encoded, out name) && Encode(name, alsoEncoded) == encoded;

    private static bool IsDirect(char c, ReadOnlySpan<char> alsoEncoded) => c is >= ' ' and <= '~' && !alsoEncoded.Contains(c);

    private static bool TryDecodeShift(ReadOnlySpan<char> shifted, StringBuilder result)
    {
        // The framework's decoder lets padding and white space pass; neither stands in a shift.
        if (shifted.ContainsAny("/= "))
            return false;

        var padded = shifted.ToString().Replace(',', '/').PadRight((shifted.Length + 3) / 4 * 4, '=');
        if (!Base64.IsValid(padded))
            return false;

        try
        {
            result.Append(Utf16.GetString(Convert.FromBase64String(padded)));
            return true;
        }
        catch (ArgumentException)
        {
            // Half a character, or half a surrogate pair.
            return false;
        }
    }
}
