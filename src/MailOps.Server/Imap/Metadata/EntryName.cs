using System.Text;
using MailOps.Maildir.Annotations;

namespace MailOps.Server.Imap.Metadata;

/// <summary>Names of annotations (RFC 5464 section 3.2).</summary>
internal static class EntryName
{
    /// <summary>What the account sees alone.</summary>
    public const string Private = "/private/";

    /// <summary>What all see who may.</summary>
    public const string Shared = "/shared/";

    // Each may be looked for below another.
    private const int MostNames = AnnotationLimits.MostEntries;
    private const int Longest = 255;

    /// <summary>Reads a name, which gives small letters: their case means nothing.</summary>
    public static bool TryParse(ref ImapReader reader, out string name)
    {
        if (!reader.AString(out name) || name.Length > Longest || !Ascii.IsValid(name) || name.AsSpan().ContainsAny('*', '%') || name.Any(char.IsControl))
            return false;
        name = name.ToLowerInvariant();
        return (name.StartsWith(Private, StringComparison.Ordinal) || name.StartsWith(Shared, StringComparison.Ordinal))
            && !name.EndsWith('/') && !name.Contains("//", StringComparison.Ordinal);
    }

    /// <summary>Reads one name, or several in parentheses.</summary>
    public static bool TryParseList(ref ImapReader reader, out IReadOnlyList<string> names)
    {
        var read = new List<string>(1);
        names = read;
        var isList = reader.Is('(');
        do
        {
            if (read.Count == MostNames || !TryParse(ref reader, out var name))
                return false;
            if (!read.Contains(name))
                read.Add(name);
        }
        while (isList && reader.Space());
        return !isList || reader.Is(')');
    }
}
