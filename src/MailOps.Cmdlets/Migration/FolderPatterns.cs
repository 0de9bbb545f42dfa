using System.Collections;
using System.Management.Automation;

namespace MailOps.Cmdlets.Migration;

/// <summary>Which folders are meant, by patterns with wildcards for their paths, and where they go.</summary>
internal static class FolderPatterns
{
    /// <summary>True for a folder that one of the first is for, and none of the others.</summary>
    public static Predicate<string> Of(IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        var (meant, left) = (Patterns(include), Patterns(exclude));
        return path => Array.Exists(meant, pattern => pattern.IsMatch(path)) && !Array.Exists(left, pattern => pattern.IsMatch(path));
    }

    /// <summary>Rules of where folders go, as they are given in a hashtable.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Rules(Hashtable map) => map.Cast<DictionaryEntry>().Select(rule => KeyValuePair.Create($"{rule.Key}", $"{rule.Value}"));

    private static WildcardPattern[] Patterns(IReadOnlyList<string> texts) => [.. texts.Select(text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase))];
}
