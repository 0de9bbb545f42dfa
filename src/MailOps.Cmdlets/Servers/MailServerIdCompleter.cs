using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailOps.Cmdlets.Servers;

/// <summary>Completes the numbers of the servers that run in this process.</summary>
public sealed class MailServerIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        from server in RunningServers.All
        let id = server.Id.ToString(CultureInfo.InvariantCulture)
        where id.StartsWith(wordToComplete, StringComparison.Ordinal)
        select new CompletionResult(id, id, CompletionResultType.ParameterValue, $"{server.HostName}, {server.StorePath}");
}
