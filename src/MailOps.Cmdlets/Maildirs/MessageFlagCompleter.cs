using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Client.Maildirs;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Completes the system flags of messages.</summary>
public sealed class MessageFlagCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MessageFlags.SystemNames.Where(name => name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)).Select(name => new CompletionResult(name));
}
