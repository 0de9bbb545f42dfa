using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Client.Migration;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Completes addresses of mailboxes: how they begin, and the paths of files.</summary>
public sealed class MailboxLocationCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete.Trim('\'', '"');
        var files = MailboxScheme.All.FirstOrDefault(scheme => scheme.Port is null && word.StartsWith(scheme.Prefix, StringComparison.OrdinalIgnoreCase));
        return files is null ? Schemes(word) : Paths(files, word[files.Prefix.Length..]);
    }

    private static IEnumerable<CompletionResult> Schemes(string word) =>
        from scheme in MailboxScheme.All
        where scheme.Prefix.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        select new CompletionResult(scheme.Prefix, scheme.Prefix, CompletionResultType.ParameterValue, scheme.Description);

    // PowerShell's own completion knows drives, providers and what is hidden. It quotes what it has to, but the quotes belong around the whole.
    private static IEnumerable<CompletionResult> Paths(MailboxScheme scheme, string path)
    {
        foreach (var found in CompletionCompleters.CompleteFilename(path))
        {
            if (scheme.Kind == MailboxKind.Maildir && found.ResultType != CompletionResultType.ProviderContainer)
                continue;
            var text = found.CompletionText;
            var isQuoted = text is ['\'', .., '\''];
            yield return new CompletionResult(
                isQuoted ? $"'{scheme.Prefix}{text[1..]}" : scheme.Prefix + text,
                found.ListItemText,
                found.ResultType,
                found.ToolTip);
        }
    }
}
