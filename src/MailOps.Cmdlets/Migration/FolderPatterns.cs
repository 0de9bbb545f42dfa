using System.Collections;
using System.Management.Automation;

namespace MailOps.Cmdlets.Migration;

/// <summary>Which folders are meant, by patterns with wildcards for their paths, and where they go.</summary>
/// <param name="include">For folders that are meant.</param>
/// <param name="exclude">For those of them that are not.</param>
internal sealed class FolderPatterns(IReadOnlyList<string> include, IReadOnlyList<string> exclude)
{
    private readonly WildcardPattern[] _meant = Patterns(include);
    private readonly WildcardPattern[] _left = Patterns(exclude);
    private readonly bool[] _fits = new bool[include.Count];

    /// <summary>Patterns for folders that are meant which have fitted none so far; <c>*</c> is for whatever there is.</summary>
    public IReadOnlyList<string> Unused => [.. include.Where((pattern, i) => !_fits[i] && pattern != "*")];

    /// <summary>True for a folder that one of the first is for, and none of the others.</summary>
    public bool IsWanted(string path)
    {
        var isMeant = false;
        for (var i = 0; i < _meant.Length; i++)
        {
            if (_meant[i].IsMatch(path))
                isMeant = _fits[i] = true;
        }

        return isMeant && !Array.Exists(_left, pattern => pattern.IsMatch(path));
    }

    /// <summary>Rules of where folders go, as they are given in a hashtable.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Rules(Hashtable map) => map.Cast<DictionaryEntry>().Select(rule => KeyValuePair.Create($"{rule.Key}", $"{rule.Value}"));

    private static WildcardPattern[] Patterns(IReadOnlyList<string> texts) => [.. texts.Select(text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase))];
}
