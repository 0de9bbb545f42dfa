using System.Text;

namespace MailOps.Maildir.Access;

/// <summary>A line of <c>dovecot-acl</c>: <c>[-]identifier letters [:words]</c>, the identifier in quotes if it has a space.</summary>
internal static class AccessLine
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Reads a line; null if it is none.</summary>
    internal static AccessEntry? Parse(string line)
    {
        if (!TryTakeIdentifier(line, out var identifier, out var rest))
            return null;
        var isDenied = identifier.StartsWith('-');
        if (AccessIdentifier.Parse(isDenied ? identifier[1..] : identifier) is not { } found || !TryRights(rest.Trim(Blanks), out var rights, out var words))
            return null;
        return isDenied
            ? new AccessEntry(found, null, rights) { DeniedWords = words }
            : new AccessEntry(found, rights, null) { GrantedWords = words };
    }

    /// <summary>The line of what is granted and that of what is denied, each with its end.</summary>
    internal static string Format(AccessEntry entry)
    {
        var text = new StringBuilder();
        if (entry.Granted is { } granted)
            Append(text, entry.Identifier.Written, granted, entry.GrantedWords);
        if (entry.Denied is { } denied)
            Append(text, "-" + entry.Identifier.Written, denied, entry.DeniedWords);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string identifier, MailboxRights rights, IReadOnlyList<string> words)
    {
        if (identifier.Contains(' ', StringComparison.Ordinal))
            text.Append('"').Append(identifier.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        else
            text.Append(identifier);
        text.Append(' ').Append(RightsText.Format(rights));
        if (words.Count > 0)
            text.Append(" :").AppendJoin(' ', words);
        text.Append('\n');
    }

    private static bool TryTakeIdentifier(string line, out string identifier, out string rest)
    {
        (identifier, rest) = ("", "");
        if (!line.StartsWith('"'))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            (identifier, rest) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
            return true;
        }

        var text = new StringBuilder();
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                (identifier, rest) = (text.ToString(), line[(i + 1)..]);
                return rest.Length == 0 || rest[0] == ' ';
            }

            if (line[i] == '\\' && ++i == line.Length)
                return false;
            text.Append(line[i]);
        }

        return false;
    }

    // The obsolete c and d are no letters of the file.
    private static bool TryRights(string text, out MailboxRights rights, out IReadOnlyList<string> words)
    {
        var unknown = new List<string>();
        (rights, words) = (MailboxRights.None, unknown);
        var end = text.IndexOfAny([' ', '\t', ':']);
        foreach (var letter in end < 0 ? text : text[..end])
        {
            if (RightsText.OfLetter(letter) is not (not MailboxRights.None and var right))
                return false;
            rights |= right;
        }

        var named = end < 0 ? "" : text[end..].TrimStart(Blanks);
        if (named.Length == 0)
            return true;
        if (named[0] != ':')
            return false;
        foreach (var word in named[1..].Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (RightsText.OfName(word) is not MailboxRights.None and var right)
                rights |= right;
            else
                unknown.Add(word);
        }

        return true;
    }
}
