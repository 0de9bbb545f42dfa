using System.Management.Automation;

namespace MailOps.Cmdlets.Queue;

/// <summary>Patterns of destinations. The brackets of a host are itself, not a set of characters.</summary>
internal static class NextHopPattern
{
    /// <summary>True if there is no pattern, or one fits.</summary>
    public static bool Fits(string[] patterns, string nextHop) =>
        patterns.Length == 0 || Array.Exists(patterns, pattern =>
            pattern.Equals(nextHop, StringComparison.OrdinalIgnoreCase) || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(nextHop));
}
