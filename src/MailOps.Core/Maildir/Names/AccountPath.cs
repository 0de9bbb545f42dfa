using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>
/// Between account names (<c>local@domain</c>) and directories (<c>domain/local</c>). Octets of a local part or domain that a
/// path cannot hold safely (<c>/ \ : %</c>, dots and spaces at an end, and those Windows refuses; on Windows also the first letter of a device's name) are written <c>%2F</c>, which reverses;
/// control characters, empty parts and parts longer than 255 octets on disk are refused.
/// </summary>
internal static class AccountPath
{
    private const string Encoded = "/\\:%<>\"|?*";
    private const int LongestName = 255;

    /// <summary>The directory below <c>mail</c>; false if no account can have the name.</summary>
    internal static bool TryToDirectory(string account, [NotNullWhen(true)] out string? directory) =>
        TryToDirectory(account, OperatingSystem.IsWindows(), out directory);

    internal static bool TryToDirectory(string account, bool windows, [NotNullWhen(true)] out string? directory)
    {
        directory = null;
        var at = account.LastIndexOf('@');
        if (at <= 0
            || !TryEncode(account.AsSpan(0, at), windows, out var local)
            || !TryEncode(account.AsSpan(at + 1), windows, out var domain))
            return false;
        directory = Path.Combine(domain, local);
        return true;
    }

    /// <summary>The account name of a directory's two levels; false if no account has that directory.</summary>
    internal static bool TryFromDirectory(string domain, string local, [NotNullWhen(true)] out string? account)
    {
        account = Decode(local) + "@" + Decode(domain);
        return TryToDirectory(account, out var again) && again == Path.Combine(domain, local);
    }

    private static bool TryEncode(ReadOnlySpan<char> part, bool windows, [NotNullWhen(true)] out string? encoded)
    {
        encoded = null;
        if (part.IsEmpty)
            return false;
        var result = new StringBuilder(part.Length);
        var dot = part.IndexOf('.');
        var isDevice = windows && NameRules.IsDevice((dot < 0 ? part : part[..dot]).TrimEnd(' ').ToString());
        for (var i = 0; i < part.Length; i++)
        {
            var c = char.ToLowerInvariant(part[i]);
            if (char.IsControl(c) || c == '\uFFFD')
                return false;
            if (Encoded.Contains(c, StringComparison.Ordinal) || (c == '.' && (i == 0 || i == part.Length - 1)) || (c == ' ' && i == part.Length - 1) || (isDevice && i == 0))
                result.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
            else
                result.Append(c);
        }

        encoded = result.ToString();
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(encoded) <= LongestName;
        }
        catch (EncoderFallbackException)
        {
            // A lone surrogate.
            return false;
        }
    }

    private static string Decode(string part)
    {
        var result = new StringBuilder(part.Length);
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] == '%' && i + 2 < part.Length && byte.TryParse(part.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                result.Append((char)octet);
                i += 2;
            }
            else
            {
                result.Append(part[i]);
            }
        }

        return result.ToString();
    }
}
