using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MailOps.Trust;

/// <summary>
/// TXT records of a version and fields, <c>v=STSv1; id=1;</c>, as RFC 8461 section 3.1 and RFC 8460 section 3 have them, and what their grammar
/// shares with that of policies (RFC 8461 section 3.2).
/// </summary>
internal static class VersionedText
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    /// <summary>Finds the one record of a version, and in it the value of one field.</summary>
    /// <param name="texts">The texts, each with its strings put together.</param>
    /// <param name="version">What such a record begins with, <c>v=STSv1</c>.</param>
    /// <param name="field">The field's name. Of one that is there twice the first counts; other names are extensions.</param>
    /// <param name="isAnyText">True if its value may be what that of an extension may not, and is looked at by the caller.</param>
    /// <param name="value">The value, if there is exactly one record, and it is valid and has the field.</param>
    /// <param name="error">Otherwise why there is none, as a sentence.</param>
    public static bool TryFind(
        IEnumerable<string> texts, string version, string field, bool isAnyText, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        // Records for other purposes may stand beside it, such as those of a wildcard.
        var candidates = texts.Where(text => text.StartsWith(version, StringComparison.Ordinal) && text.AsSpan(version.Length).TrimStart(" \t") is [';', ..]).ToArray();
        if (candidates.Length == 1)
            return TryRead(candidates[0].AsSpan(version.Length), field, isAnyText, out value, out error);

        error = candidates.Length == 0
            ? $"No TXT record begins with {version}."
            : $"{candidates.Length} TXT records begin with {version}; of more than one none counts.";
        return false;
    }

    /// <summary>A field's name: a letter or digit, and up to 31 of those, hyphens, underscores and dots.</summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= 32 && char.IsAsciiLetterOrDigit(name[0]) && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>A text as a reason tells it: short, and without what would disturb a terminal.</summary>
    public static string Show(ReadOnlySpan<char> text)
    {
        var shown = (text.Length > 60 ? text[..60] : text).ToString();
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString())) + (text.Length > 60 ? "…'" : "'");
    }

    private static bool TryRead(ReadOnlySpan<char> rest, string field, bool isAnyText, [NotNullWhen(true)] out string? found, [NotNullWhen(false)] out string? error)
    {
        (found, error) = (null, null);
        rest = rest.TrimEnd(" \t");
        if (rest is [.., ';'])
            rest = rest[..^1];
        while (!rest.IsEmpty)
        {
            // Each turn begins at the semicolon in front of a field.
            rest = rest.TrimStart(" \t")[1..];
            var end = rest.IndexOf(';');
            var one = (end < 0 ? rest : rest[..end]).Trim(" \t");
            rest = end < 0 ? [] : rest[end..];

            var equals = one.IndexOf('=');
            var name = equals < 0 ? one : one[..equals];
            var value = equals < 0 ? [] : one[(equals + 1)..];
            var isWanted = name.SequenceEqual(field);
            if (!IsName(name) || value.IsEmpty || (!(isWanted && isAnyText) && (value.ContainsAnyExceptInRange('!', '~') || value.Contains('='))))
            {
                error = $"{Show(one)} in the TXT record is not a field of the form name=value.";
                return false;
            }

            if (isWanted)
                found ??= value.ToString();
        }

        error = found is null ? $"The TXT record has no {field}." : null;
        return found is not null;
    }
}
