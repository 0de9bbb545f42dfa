using System.Management.Automation;

namespace MailOps.Cmdlets.Migration;

/// <summary>Which folders are meant, by patterns with wildcards for their paths.</summary>
internal static class FolderPatterns
{
    /// <summary>True for a folder that one of the first is for, and none of the others.</summary>
    public static Predicate<string> Of(IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        var (meant, left) = (Patterns(include), Patterns(exclude));
        return path => Array.Exists(meant, pattern => pattern.IsMatch(path)) && !Array.Exists(left, pattern => pattern.IsMatch(path));
    }

    private static WildcardPattern[] Patterns(IReadOnlyList<string> texts) => [.. texts.Select(text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase))];
}
