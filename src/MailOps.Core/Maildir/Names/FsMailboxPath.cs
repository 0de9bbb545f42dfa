using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>Between names that sessions use (<c>Archive/2026</c>) and nested directories, each level in modified UTF-7 (Dovecot's <c>LAYOUT=fs</c>).</summary>
internal static class FsMailboxPath
{
    /// <summary>How deep mailboxes may lie.</summary>
    internal const int MostLevels = 32;

    // Far below what systems take in a path, so that the account's own directory and the message's name fit.
    private const int LongestPath = 1024;

    private static readonly string Encoded = NameRules.AlsoEncoded("", OperatingSystem.IsWindows());

    /// <summary>True for the directories of a mailbox itself.</summary>
    internal static bool IsReserved(ReadOnlySpan<char> directory) => directory is "cur" or "new" or "tmp";

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
            if (IsReserved(level) || (windows && IsReserved(level.ToLowerInvariant())))
                return $"has a level '{level}', which is a directory of every Maildir";
        }

        if (levels.Length > MostLevels)
            return $"has more than {MostLevels} levels";
        if (levels[0][0] == '~')
            return "begins with '~', which stands for a home directory";
        if (levels[0].Equals(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase))
            levels[0] = MailboxName.Inbox;
        normal = string.Join(MailboxName.Separator, levels);
        var total = 0;
        foreach (var level in levels)
        {
            var directory = ModifiedUtf7.Encode(level, NameRules.AlsoEncoded("", windows));
            var octets = Encoding.UTF8.GetByteCount(directory);
            total += octets + 1;
            if ((NameRules.OfLength(octets, NameRules.LongestName) ?? (windows ? NameRules.OfWindows(directory) : null)) is { } broken)
                return broken;
        }

        return NameRules.OfLength(total, LongestPath);
    }

    /// <summary>The directory below the account's: empty for INBOX.</summary>
    internal static string ToDirectory(string normal) => normal == MailboxName.Inbox
        ? ""
        : Path.Join([.. normal.Split(MailboxName.Separator).Select(level => ModifiedUtf7.Encode(level, Encoded))]);

    /// <summary>The mailbox of a directory below the account's. What other programs made in another spelling appears as it is.</summary>
    /// <returns>False if sessions cannot see it.</returns>
    internal static bool TryFromDirectory(string directory, [NotNullWhen(true)] out string? name)
    {
        var levels = directory.Split(Path.DirectorySeparatorChar);
        for (var i = 0; i < levels.Length; i++)
        {
            if (ModifiedUtf7.TryDecodeExactly(levels[i], out var decoded, Encoded))
                levels[i] = decoded;
        }

        var joined = string.Join(MailboxName.Separator, levels);
        name = Check(joined, out var normal) is null && normal == joined && normal != MailboxName.Inbox ? normal : null;
        return name is not null;
    }
}
