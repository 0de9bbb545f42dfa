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
            .Select(m => new CompletionResult(m.Name, m.Name, CompletionResultType.ParameterValue, Tip(m)));

    private static string Tip(SaslMechanism mechanism) => mechanism.Secret switch
    {
        SaslSecret.Password => "Sends the password itself: under TLS only.",
        SaslSecret.Token => "Sends an access token: under TLS only.",
        SaslSecret.Certificate => "Needs nothing but the certificate that TLS was given.",
        _ when mechanism.BindsChannel => "Proves the password without sending it, to who ends this TLS connection only.",
        _ => "Proves the password without sending it.",
    };
}
