using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Completes the names of batches, those of a store in a file.</summary>
public sealed class MigrationBatchNameCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var store = fakeBoundParameters["Store"] is { } given ? $"{given}" : MigrationStore.UsualPath;
        if (store.Contains("://", StringComparison.Ordinal))
            return [];
        if (Runspace.DefaultRunspace?.SessionStateProxy.Path.CurrentFileSystemLocation.ProviderPath is { } here)
            store = Path.Combine(here, store);
        try
        {
            var word = wordToComplete.Trim('\'', '"');
            return Names(store).GetAwaiter().GetResult()
                .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(name => new CompletionResult(name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.') ? name : $"'{name.Replace("'", "''", StringComparison.Ordinal)}'", name, CompletionResultType.ParameterValue, name));
        }
        catch (Exception e) when (e is MigrationException or OperationCanceledException)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<string>> Names(string store)
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var opened = await MigrationStore.OpenAsync(store, user: null, password: null, isMade: false, patience.Token).ConfigureAwait(false);
        return [.. (await opened.BatchesAsync(patience.Token).ConfigureAwait(false)).Select(batch => batch.Name)];
    }
}
