using System.Buffers;
using System.Globalization;
using System.Text;
using MailOps.Maildir;
using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap.Commands;

/// <summary>An IMAP URL of a message or a part of one (RFC 5092 section 11, <c>imessagepart</c>), of the account that uses it.</summary>
/// <param name="Mailbox">The mailbox, decoded.</param>
/// <param name="UidValidity">The UIDVALIDITY that the mailbox must have; null for any.</param>
/// <param name="Uid">The message.</param>
/// <param name="Section">The part; the whole message where none is named.</param>
/// <param name="Partial">Which octets of it: all, or from the first number on as many as the second.</param>
internal sealed record MessageUrl(string Mailbox, uint? UidValidity, uint Uid, BodySection Section, (long Start, long Count)? Partial)
{
    /// <summary>Reads a URL, absolute or relative to the selected mailbox (RFC 4469 section 3).</summary>
    /// <param name="url">The URL.</param>
    /// <param name="account">The account: a URL of another is none.</param>
    /// <param name="host">The name of this server.</param>
    /// <param name="selected">The selected mailbox, or null.</param>
    /// <returns>Null if it is not the URL of a message of this account.</returns>
    public static MessageUrl? Parse(string url, string account, string host, string? selected)
    {
        if (TryPath(url, account, host, selected) is not { } path)
            return null;

        // What stands behind the mailbox begins with /; or; the mailbox's own name has no such octet.
        var uidAt = path.IndexOf("/;UID=", StringComparison.OrdinalIgnoreCase);
        if (uidAt < 0)
            return null;
        var mailbox = path[..uidAt];
        uint? validity = null;
        if (mailbox.IndexOf(';', StringComparison.Ordinal) is >= 0 and var parameter)
        {
            if (!TryParameter(mailbox[parameter..], ";UIDVALIDITY=", out var value) || !TryNumber(value, out var number))
                return null;
            (validity, mailbox) = (number, mailbox[..parameter]);
        }

        var rest = path[(uidAt + 1)..].Split("/;");
        if (!TryNumber(rest[0][";UID=".Length..], out var uid))
            return null;
        var (section, partial, next) = ("", default((long, long)?), 1);
        if (next < rest.Length && TryParameter(rest[next], "SECTION=", out var encoded))
        {
            if (Decode(encoded) is not { } decoded)
                return null;
            (section, next) = (decoded, next + 1);
        }

        if (next < rest.Length && TryParameter(rest[next], "PARTIAL=", out var range))
        {
            if (!TryRange(range, out partial))
                return null;
            next++;
        }

        var name = Decode(mailbox);
        return next == rest.Length && !string.IsNullOrEmpty(name) && SectionOf(section) is { } read
            ? new MessageUrl(name.Equals(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase) ? MailboxName.Inbox : name, validity, uid, read, partial)
            : null;
    }

    private static string? TryPath(string url, string account, string host, string? selected)
    {
        if (url.StartsWith("imap:", StringComparison.OrdinalIgnoreCase))
            url = url["imap:".Length..];
        else if (url.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon && url.IndexOfAny(['/', ';']) is var slash && (slash < 0 || colon < slash))
            return null;
        if (url.StartsWith("//", StringComparison.Ordinal))
        {
            var end = url.IndexOf('/', 2);
            return end > 0 && IsHere(url[2..end], account, host) ? url[(end + 1)..] : null;
        }

        if (url.StartsWith('/'))
            return url[1..];
        if (selected is null)
            return url.StartsWith(';') ? null : url;

        // RFC 3986 section 5.2.3: what stands behind the last slash of the base goes. Without a mailbox the selected one is meant.
        var mailbox = Uri.EscapeDataString(selected).Replace("%2F", "/", StringComparison.Ordinal);
        return url.StartsWith(';') ? $"{mailbox}/{url}" : mailbox[..(mailbox.LastIndexOf('/') + 1)] + url;
    }

    private static bool IsHere(string server, string account, string host)
    {
        var at = server.LastIndexOf('@');
        var user = at < 0 ? null : server[..at];
        if (user?.IndexOf(";AUTH=", StringComparison.OrdinalIgnoreCase) is >= 0 and var auth)
            user = user[..auth];
        var name = server[(at + 1)..];
        if (name.LastIndexOf(':') is >= 0 and var port && name[(port + 1)..].All(char.IsAsciiDigit))
            name = name[..port];
        return !string.IsNullOrEmpty(user) && Decode(user) == account && name.Equals(host, StringComparison.OrdinalIgnoreCase);
    }

    private static BodySection? SectionOf(string section)
    {
        var reader = new ImapReader(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($"[{section}]")));
        return BodySection.TryParse(ref reader, peek: true, out var read) && reader.End ? read : null;
    }

    private static bool TryParameter(string text, string name, out string value)
    {
        var found = text.StartsWith(name, StringComparison.OrdinalIgnoreCase);
        value = found ? text[name.Length..] : "";
        return found;
    }

    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryRange(string text, out (long Start, long Count)? range)
    {
        range = null;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var count = (uint)0;
        if (!uint.TryParse(dot < 0 ? text : text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var start) || (dot >= 0 && !TryNumber(text[(dot + 1)..], out count)))
            return false;
        range = (start, dot < 0 ? long.MaxValue : count);
        return true;
    }

    private static string? Decode(string text)
    {
        var octets = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                if (text[i] is <= ' ' or > '~')
                    return null;
                octets.Add((byte)text[i]);
            }
            else if (i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else
            {
                return null;
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. octets]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
