using System.Buffers.Text;
using System.Text;

namespace MailOps.Server.Imap;

/// <summary>Mailbox names on the wire (RFC 3501 section 5.1.3): printable ASCII as it is, the rest as base64 of UTF-16 between <c>&amp;</c> and <c>-</c>.</summary>
internal static class ModifiedUtf7
{
    private static readonly UnicodeEncoding Utf16 = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);

    public static string Encode(string name)
    {
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('&', StringComparison.Ordinal))
            return name;

        var encoded = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length;)
        {
            if (name[i] is >= ' ' and <= '~')
            {
                encoded.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }

            var start = i;
            while (i < name.Length && name[i] is not (>= ' ' and <= '~'))
                i++;
            var base64 = Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(name, start, i - start)).TrimEnd('=').Replace('/', ',');
            encoded.Append('&').Append(base64).Append('-');
        }

        return encoded.ToString();
    }

    /// <summary>Decodes a name. False if it is not what <see cref="Encode"/> makes of any name: then two names on the wire could mean one mailbox.</summary>
    public static bool TryDecode(string wire, out string name)
    {
        name = wire;
        if (wire.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return false;
        if (!wire.Contains('&', StringComparison.Ordinal))
            return true;

        var decoded = new StringBuilder(wire.Length);
        for (var i = 0; i < wire.Length; i++)
        {
            if (wire[i] != '&')
            {
                decoded.Append(wire[i]);
                continue;
            }

            var end = wire.IndexOf('-', i);
            if (end < 0)
                return false;
            if (end == i + 1)
                decoded.Append('&');
            else if (!TryDecodeShift(wire.AsSpan(i + 1, end - i - 1), decoded))
                return false;
            i = end;
        }

        name = decoded.ToString();
        return Encode(name) == wire;
    }

    private static bool TryDecodeShift(ReadOnlySpan<char> shifted, StringBuilder decoded)
    {
        if (shifted.Contains('/') || shifted.Contains('=') || shifted.Contains(' '))
            return false;

        var padded = shifted.ToString().Replace(',', '/') + new string('=', (4 - shifted.Length % 4) % 4);
        if (!Base64.IsValid(padded))
            return false;

        try
        {
            decoded.Append(Utf16.GetString(Convert.FromBase64String(padded)));
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
