using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Files and directories as they are named by a path, which may have wildcards.</summary>
internal static class FilePaths
{
    /// <summary>The full paths that are meant: what is called so, or else what fits the wildcards.</summary>
    /// <returns>The path itself where nothing is there: who reads it says so.</returns>
    public static IEnumerable<string> Of(PSCmdlet cmdlet, string path)
    {
        var literal = cmdlet.GetUnresolvedProviderPathFromPSPath(path);
        if (!WildcardPattern.ContainsWildcardCharacters(path) || Path.Exists(literal))
            return [literal];
        try
        {
            return cmdlet.GetResolvedProviderPathFromPSPath(path, out _) is { Count: > 0 } found ? found : [literal];
        }
        catch (ItemNotFoundException)
        {
            return [literal];
        }
    }
}
