using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailOps.Cmdlets.Smtp;

/// <summary>Completes the names of mechanisms for POP3 and IMAP, where one more is known.</summary>
internal sealed class MailboxMechanismCompleter : IArgumentCompleter
{
    private const string Ntlm = "NTLM";
    private readonly SaslMechanismCompleter _all = new();

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        foreach (var one in _all.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters))
            yield return one;
        if (Ntlm.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            yield return new CompletionResult(Ntlm, Ntlm, CompletionResultType.ParameterValue, "Proves the password without sending it, to old servers of Windows.");
    }
}
