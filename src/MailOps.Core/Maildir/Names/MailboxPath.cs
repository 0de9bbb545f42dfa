using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>
/// Between names that sessions use (<c>Archive/2026</c>) and Maildir++ directories (<c>.Archive.2026</c>). A dot inside a
/// level is written <c>&amp;AC4-</c>, because Maildir++ separates levels with it.
/// </summary>
internal static class MailboxPath
{
    private static readonly string Encoded = NameRules.AlsoEncoded(".", OperatingSystem.IsWindows());

    /// <summary>Brings a client's name to the one spelling that counts: INBOX in capitals.</summary>
    /// <returns>False if no mailbox can have the name.</returns>
    internal static bool TryNormalize(string name, [NotNullWhen(true)] out string? normal)
    {
        var rule = Check(name, out var found);
        normal = rule is null ? found : null;
        return rule is null;
    }

    /// <summary>Brings a client's name to the one spelling that counts.</summary>
    /// <returns>The rule that the name breaks, or null.</returns>
    internal static string? Check(string name, out string normal) => Check(name, OperatingSystem.IsWindows(), out normal);

    internal static string? Check(string name, bool windows, out string normal)
    {
        normal = "";
        var levels = name.Split(MailboxName.Separator);
        foreach (var level in levels)
        {
            if (NameRules.OfLevel(level) is { } broken)
                return broken;
        }

        if (levels[0].Equals(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase))
            levels[0] = MailboxName.Inbox;
        normal = string.Join(MailboxName.Separator, levels);
        if (normal == MailboxName.Inbox)
            return null;
        var directory = ToDirectory(normal, NameRules.AlsoEncoded(".", windows));
        return NameRules.OfLength(Encoding.UTF8.GetByteCount(directory), NameRules.LongestName) ?? (windows ? NameRules.OfWindows(directory) : null);
    }

    /// <summary>The directory below the account's: empty for INBOX.</summary>
    internal static string ToDirectory(string normal) => ToDirectory(normal, Encoded);

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
            if (ModifiedUtf7.TryDecodeExactly(levels[i], out var decoded, Encoded))
                levels[i] = decoded;
        }

        var joined = string.Join(MailboxName.Separator, levels);
        return TryNormalize(joined, out name) && name == joined && name != MailboxName.Inbox;
    }

    private static string ToDirectory(string normal, string encoded) => normal == MailboxName.Inbox
        ? ""
        : "." + string.Join('.', normal.Split(MailboxName.Separator).Select(level => ModifiedUtf7.Encode(level, encoded)));
}
