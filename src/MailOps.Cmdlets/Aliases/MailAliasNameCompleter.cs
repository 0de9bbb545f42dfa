using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Cmdlets.Accounts;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>Completes names of aliases once the store is named on the command line.</summary>
public sealed class MailAliasNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MailAccountNameCompleter.Complete(wordToComplete, fakeBoundParameters, store => new AliasRegister(store, []).List().Aliases
            .Select(alias => (alias.Name, $"{alias.Name} ({string.Join(", ", alias.Targets)})")));
}
