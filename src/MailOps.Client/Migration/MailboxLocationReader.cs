using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Dns;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>Reads the addresses of mailboxes. What may be a password is in none of its errors.</summary>
internal static class MailboxLocationReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static string Known => string.Join(", ", MailboxScheme.All.Select(scheme => scheme.Prefix + scheme.Tls switch
    {
        TlsMode.StartTls => scheme.Kind == MailboxKind.Imap ? " (STARTTLS)" : " (STLS)",
        TlsMode.None => " (no TLS)",
        _ => "",
    }));

    /// <summary>A location, or what is wrong.</summary>
    public static (MailboxLocation? Location, string? Error) Read(string text)
    {
        text = text.TrimStart();
        if (text.Length == 0)
            return Wrong($"The address of the mailbox is empty. It begins with one of: {Known}.");
        if (LooksLikePath(text))
            return Wrong($"'{text}' is a path, and does not say what is there. Write maildir:{text}, mbox:{text} or eml:{text}.");

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon < 0 ? null : MailboxScheme.Find(text[..colon]);
        if (scheme is null)
            return Wrong(WithoutScheme(text, colon));

        var rest = text[(colon + 1)..];
        if (scheme.Port is null)
            return ReadPath(scheme, rest);
        return rest.StartsWith("//", StringComparison.Ordinal)
            ? ReadServer(scheme, rest[2..].TrimEnd())
            : Wrong($"After {scheme.Name}: come two slashes, the user and the server: {scheme.Prefix}USER@SERVER/.");
    }

    /// <summary>A path without separators at its end, unless it is a root.</summary>
    public static string Trimmed(string path)
    {
        while (Path.TrimEndingDirectorySeparator(path) is var shorter && shorter.Length < path.Length)
            path = shorter;
        return path;
    }

    private static (MailboxLocation? Location, string? Error) ReadPath(MailboxScheme scheme, string path)
    {
        if (path.Trim().Length == 0)
            return Wrong($"After {scheme.Prefix} comes a path, as in {scheme.Prefix}/var/mail/ann.");
        if (path.StartsWith("//", StringComparison.Ordinal))
            return Wrong($"After {scheme.Prefix} comes the path itself, without slashes that belong to no path: {scheme.Prefix}/{path.TrimStart('/')}.");
        if (path.Contains('\0', StringComparison.Ordinal))
            return Wrong($"The path after {scheme.Prefix} has a NUL character, which no path has.");
        return (new MailboxLocation(scheme) { Path = Trimmed(path) }, null);
    }

    private static (MailboxLocation? Location, string? Error) ReadServer(MailboxScheme scheme, string text)
    {
        string? user = null;
        if (text.LastIndexOf('@') is >= 0 and var at)
        {
            if (!TryUser(text[..at], out user, out var wrong))
                return Wrong(wrong);
            text = text[(at + 1)..];
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && slash < text.Length - 1)
            return Wrong($"An address names no folder: leave '{text[(slash + 1)..]}' out of it, and choose folders with -Include.");
        if (slash >= 0)
            text = text[..^1];
        if (!TryHost(scheme, text, out var server, out var rest, out var error) || !TryPort(scheme, rest, out var port, out error))
            return Wrong(error);
        return (new MailboxLocation(scheme) { Server = server, Port = port, UserName = user }, null);
    }

    private static bool TryUser(string text, [NotNullWhen(true)] out string? user, [NotNullWhen(false)] out string? error)
    {
        (user, error) = (null, null);
        if (text.Contains(':', StringComparison.Ordinal))
            error = "An address holds no password: leave the ':' and what follows it up to the '@' out, and give the password with -FromCredential or -ToCredential. A ':' that belongs to the user name is written %3A.";
        else if (text.Contains('/', StringComparison.Ordinal))
            error = "Before the '@' is a '/'. In a user name it is written %2F; folders are chosen with -Include, not in the address.";
        else if (text.Length == 0)
            error = "Before the '@' comes a user name. Leave the '@' out where the credential names the user.";
        else if (!TryDecode(text, out user))
            error = "The user name has a '%' that begins no octet of a UTF-8 character, such as %40 for '@'. A '%' itself is written %25.";
        else if (user.Any(char.IsControl))
            error = "The user name has a control character, which no user name has.";
        return error is null;
    }

    private static bool TryDecode(string text, [NotNullWhen(true)] out string? user)
    {
        user = null;
        try
        {
            // Octets that were written as they are become UTF-8 first: %C3 and the like may stand beside them.
            var octets = StrictUtf8.GetBytes(text);
            var decoded = new List<byte>(octets.Length);
            for (var i = 0; i < octets.Length; i++)
            {
                if (octets[i] != '%')
                    decoded.Add(octets[i]);
                else if (i + 2 < octets.Length && char.IsAsciiHexDigit((char)octets[i + 1]) && char.IsAsciiHexDigit((char)octets[i + 2]))
                    decoded.Add(byte.Parse([octets[++i], octets[++i]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                else
                    return false;
            }

            user = StrictUtf8.GetString([.. decoded]);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool TryHost(MailboxScheme scheme, string text, [NotNullWhen(true)] out string? server, out string rest, [NotNullWhen(false)] out string? error)
    {
        (server, rest, error) = (null, "", null);
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !TryIPv6(text[1..end], out server))
                error = $"In the brackets stands an IPv6 address, as in {scheme.Prefix}[2001:db8::1]/.";
            else
                rest = text[(end + 1)..];
        }
        else if (TryIPv6(text, out var address))
        {
            error = $"An IPv6 address stands in brackets: {scheme.Prefix}[{address}]/.";
        }
        else
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var host = colon < 0 ? text : text[..colon];
            rest = colon < 0 ? "" : text[colon..];
            if (host.Length == 0)
                error = $"The server is missing: {scheme.Prefix}USER@SERVER/.";
            else if (IPAddress.TryParse(host, out var ipv4))
                server = ipv4.ToString();
            else if (DnsName.TryParse(host, out var name, out error))
                server = name.Ascii;
        }

        return error is null;
    }

    // RFC 4007 section 11: the zone of an address of the link; in a URI its '%' is encoded (RFC 6874), but people copy it as it is.
    private static bool TryIPv6(string text, [NotNullWhen(true)] out string? address)
    {
        address = null;
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        var zone = percent < 0 ? "" : text[(percent + 1)..];
        if (zone.StartsWith("25", StringComparison.Ordinal) && zone.Length > 2)
            zone = zone[2..];
        if (percent >= 0 && (zone.Length == 0 || !zone.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
            return false;
        if (!IPAddress.TryParse(percent < 0 ? text : text[..percent], out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6 || !text.Contains(':', StringComparison.Ordinal))
            return false;
        address = zone.Length == 0 ? parsed.ToString() : $"{parsed}%{zone}";
        return true;
    }

    private static bool TryPort(MailboxScheme scheme, string text, out int port, [NotNullWhen(false)] out string? error)
    {
        (port, error) = (scheme.Port!.Value, null);
        if (text.Length == 0)
            return true;
        if (text[0] != ':' || !int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            error = $"After the server comes a port or nothing: a ':' and a number from 1 to 65535. Without one it is {scheme.Port}.";
        return error is null;
    }

    private static bool LooksLikePath(string text) =>
        text[0] is '/' or '\\' or '.' or '~'
        || (text.Length >= 2 && char.IsAsciiLetter(text[0]) && text[1] == ':');

    // What people write at first. Nothing of it that stands behind a ':' is repeated.
    private static string WithoutScheme(string text, int colon)
    {
        var at = text.LastIndexOf('@');
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            var user = at < 0 ? "" : text[..at].Split(':')[0] + "@";
            var (proposal, _) = ReadServer(MailboxScheme.All[0], user + (at < 0 ? text.Split(':')[0] : text[(at + 1)..]));
            if (proposal is not null && (at >= 0 || text.Contains('.', StringComparison.Ordinal)))
                return $"The address does not say how the mailbox is reached. Write {proposal}, or another of: {Known}.";
            if (colon < 0)
                return $"The address does not say how the mailbox is reached. It begins with one of: {Known}.";
        }

        return $"'{text[..colon]}' is no kind of mailbox. An address begins with one of: {Known}.";
    }

    private static (MailboxLocation? Location, string? Error) Wrong(string error) => (null, error);
}
