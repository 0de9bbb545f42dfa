using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailOps.Cmdlets.Queue;

/// <summary>Completes the names of queues, those of the store or the server that the command line names.</summary>
public sealed class MailQueueIdentityCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MailQueueCompletion.Queues(wordToComplete, fakeBoundParameters, queue => queue.Identity);
}
