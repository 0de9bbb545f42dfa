using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Sasl;

namespace MailOps.Cmdlets.Smtp;

/// <summary>Completes the names of mechanisms.</summary>
internal sealed class SaslMechanismCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SaslMechanisms.All.Where(m => m.Name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(m => new CompletionResult(m.Name, m.Name, CompletionResultType.ParameterValue, m.IsPlaintext ? "Sends the password itself: under TLS only." : "Proves the password without sending it."));
}
