using MailOps.Client.Migration;

namespace MailOps.Client.Mailboxes;

/// <summary>The levels of a folder's name, without what stands before all folders of a server (NAMESPACE, RFC 2342).</summary>
internal static class FolderLevels
{
    /// <summary>Takes a name apart.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="prefix">What stands before all names, with its separator; empty for nothing.</param>
    /// <param name="separator">What separates levels; NUL where there are none.</param>
    public static string[] Of(string name, string prefix, char separator)
    {
        if (MailFolder.IsInboxName(name))
            return ["INBOX"];
        var bare = prefix.Length > 0 && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        var levels = separator == '\0' ? [bare] : bare.Split(separator);
        return IsBelowOthers(levels, prefix) ? ["INBOX", .. levels] : levels;
    }

    /// <summary>Where all folders lie below INBOX or another name, one that is called INBOX too is not the inbox: it counts as one level more, so that each has a path of its own.</summary>
    public static bool IsBelowOthers(IReadOnlyList<string> levels, string prefix) => prefix.Length > 0 && levels.All(MailFolder.IsInboxName);
}
