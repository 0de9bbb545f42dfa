using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Completes names of accounts once the store is named on the command line.</summary>
public sealed class MailAccountNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Complete(wordToComplete, fakeBoundParameters, store => new AccountRegister(store).List().Accounts
            .Select(account => (account.Name, $"{account.Name} ({account.Scheme ?? "no password"})")));

    /// <summary>Completes names that a store has.</summary>
    internal static IEnumerable<CompletionResult> Complete(string wordToComplete, IDictionary fakeBoundParameters, Func<string, IEnumerable<(string Name, string Tip)>> list)
    {
        if (fakeBoundParameters[nameof(MailAccountCommand.StorePath)] is not { } store || StoreAt(store.ToString()!) is not { } path)
            return [];

        try
        {
            var pattern = new WildcardPattern(wordToComplete.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
            return [.. list(path).Where(one => pattern.IsMatch(one.Name)).Select(one => new CompletionResult(Quoted(one.Name), one.Name, CompletionResultType.ParameterValue, one.Tip))];
        }
        catch (AccountException)
        {
            // Completion has no place for errors; running the command will show it.
            return [];
        }
    }

    // Relative paths start at PowerShell's location, not the process's.
    internal static string? StoreAt(string path)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand("Microsoft.PowerShell.Management\\Convert-Path")
            .AddParameter("LiteralPath", path)
            .AddParameter("ErrorAction", ActionPreference.Ignore)
            .Invoke<string>()
            .FirstOrDefault();
    }

    internal static string Quoted(string name) =>
        name[0] != '@' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '@' or '.' or '-' or '_' or '+') ? name : "'" + name.Replace("'", "''", StringComparison.Ordinal) + "'";
}
