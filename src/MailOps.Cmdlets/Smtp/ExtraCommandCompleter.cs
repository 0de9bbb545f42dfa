using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Client.Sessions;

namespace MailOps.Cmdlets.Smtp;

/// <summary>Completes a hashtable with one of the places.</summary>
internal sealed class ExtraCommandCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SmtpExtraCommands.Places.Where(p => p.StartsWith(wordToComplete.TrimStart('@', '{', ' '), StringComparison.OrdinalIgnoreCase))
            .Select(p => new CompletionResult($"@{{ {p} = '' }}", p, CompletionResultType.ParameterValue, p));
}
