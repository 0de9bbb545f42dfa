using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>Modified UTF-7, the spelling of mailbox names in IMAP and on disk (RFC 3501 section 5.1.3).</summary>
internal static class ModifiedUtf7
{
    /// <summary>Encodes a name. Characters of <paramref name="alsoEncoded"/> are written in base64 although they are printable.</summary>
    internal static string Encode(ReadOnlySpan<char> name, ReadOnlySpan<char> alsoEncoded = default)
    {
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

            var end = i;
            while (end < name.Length && !IsDirect(name[end], alsoEncoded))
                end++;
            var octets = Encoding.BigEndianUnicode.GetBytes(name[i..end].ToArray());
            result.Append('&').Append(Convert.ToBase64String(octets).TrimEnd('=').Replace('/', ',')).Append('-');
            i = end;
        }

        return result.ToString();
    }

    /// <summary>Decodes a name; false if it is not modified UTF-7.</summary>
    internal static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? name)
    {
        name = null;
        var result = new StringBuilder(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (c is < ' ' or > '~')
                return false;
            if (c != '&')
            {
                result.Append(c);
                continue;
            }

            var length = encoded[(i + 1)..].IndexOf('-');
            if (length < 0)
                return false;
            if (length == 0)
                result.Append('&');
            else if (!TryDecodeShift(encoded.Slice(i + 1, length), result))
                return false;
            i += length + 1;
        }

        name = result.ToString();
        return true;
    }

    private static bool IsDirect(char c, ReadOnlySpan<char> alsoEncoded) => c is >= ' ' and <= '~' && !alsoEncoded.Contains(c);

    private static bool TryDecodeShift(ReadOnlySpan<char> base64, StringBuilder result)
    {
        var padded = base64.ToString().Replace(',', '/').PadRight((base64.Length + 3) / 4 * 4, '=');
        var octets = new byte[padded.Length];
        if (base64.Contains('/') || !Convert.TryFromBase64String(padded, octets, out var count) || count == 0 || count % 2 != 0)
            return false;
        var text = Encoding.BigEndianUnicode.GetString(octets, 0, count);
        for (var i = 0; i < text.Length; i++)
        {
            // The decoder replaces lone surrogates; what was replaced is no name.
            if (text[i] == '\uFFFD')
                return false;
        }

        result.Append(text);
        return true;
    }
}
