using System.Management.Automation;
using System.Text;
using MailOps.Server.Tracking;

namespace MailOps.Cmdlets.Tracking;

/// <summary>Patterns as PowerShell writes them, for the log's search.</summary>
internal static class TrackingPattern
{
    /// <summary>A whole value, with wildcards. What is written like the value is the value, brackets and all.</summary>
    /// <exception cref="WildcardPatternException">It is no pattern.</exception>
    public static TrackingText Of(string pattern)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            return TrackingText.Exactly(WildcardPattern.Unescape(pattern));
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        // It is read when it is first used, and is to fail here.
        wildcard.IsMatch("");
        return new TrackingText(LongestLiteral(pattern), value => pattern.Equals(value, StringComparison.OrdinalIgnoreCase) || wildcard.IsMatch(value));
    }

    /// <summary>A part of a value, or a whole one with wildcards.</summary>
    public static TrackingText OfPart(string pattern) => WildcardPattern.ContainsWildcardCharacters(pattern)
        ? Of(pattern)
        : new TrackingText(WildcardPattern.Unescape(pattern), value => value.Contains(WildcardPattern.Unescape(pattern), StringComparison.OrdinalIgnoreCase));

    // What stands between wildcards is in all that fits. An escape ends a piece, which is no less true.
    private static string LongestLiteral(string pattern)
    {
        var (best, piece, isInSet) = ("", new StringBuilder(), false);
        foreach (var c in pattern)
        {
            if (!isInSet && c is not ('*' or '?' or '[' or ']' or '`'))
            {
                piece.Append(c);
                best = piece.Length > best.Length ? piece.ToString() : best;
                continue;
            }

            piece.Clear();
            isInSet = c == '[' || (isInSet && c != ']');
        }

        return best;
    }
}
