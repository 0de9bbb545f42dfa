using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>
/// Between names that sessions use (<c>Archive/2026</c>) and Maildir++ directories (<c>.Archive.2026</c>). A dot inside a
/// level is written <c>&amp;AC4-</c>, because Maildir++ separates levels with it.
/// </summary>
internal static class MailboxPath
{
    // What file systems take in one name, in octets.
    private const int LongestName = 255;

    /// <summary>Brings a client's name to the one spelling that counts: INBOX in capitals.</summary>
    /// <returns>False if no mailbox can have the name.</returns>
    internal static bool TryNormalize(string name, [NotNullWhen(true)] out string? normal)
    {
        normal = null;
        var levels = name.Split(MailboxName.Separator);
        if (levels.Any(level => level.Length == 0 || level is "." or ".." || !IsSafe(level)))
            return false;
        if (levels[0].Equals(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase))
            levels[0] = MailboxName.Inbox;
        normal = string.Join(MailboxName.Separator, levels);
        return normal == MailboxName.Inbox || Encoding.UTF8.GetByteCount(ToDirectory(normal)) <= LongestName;
    }

    /// <summary>The directory below the account's: empty for INBOX.</summary>
    internal static string ToDirectory(string normal) => normal == MailboxName.Inbox
        ? ""
        : "." + string.Join('.', normal.Split(MailboxName.Separator).Select(level => ModifiedUtf7.Encode(level, ".")));

    /// <summary>
    /// The name of a directory that begins with a dot. What other programs made in another spelling (UTF-8, broken UTF-7)
    /// appears as it is.
    /// </summary>
    /// <returns>False if sessions cannot see it: <c>.INBOX</c>, empty levels.</returns>
    internal static bool TryFromDirectory(string directory, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (directory.Length < 2 || directory[0] != '.')
            return false;
        var levels = directory[1..].Split('.');
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i].Length == 0)
                return false;
            if (ModifiedUtf7.TryDecodeExactly(levels[i], out var decoded, alsoEncoded: "."))
                levels[i] = decoded;
        }

        var joined = string.Join(MailboxName.Separator, levels);
        return TryNormalize(joined, out name) && name == joined && name != MailboxName.Inbox;
    }

    private static bool IsSafe(string level)
    {
        for (var i = 0; i < level.Length; i++)
        {
            if (char.IsControl(level[i]))
                return false;
            if (char.IsHighSurrogate(level[i]) && i + 1 < level.Length && char.IsLowSurrogate(level[i + 1]))
                i++;
            else if (char.IsSurrogate(level[i]))
                return false;
        }

        return !level.Contains('\uFFFD', StringComparison.Ordinal);
    }
}
