using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Completes the names of batches, those of a store in a file, within a second.</summary>
public sealed class MigrationBatchNameCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var given = fakeBoundParameters["Store"]?.ToString() ?? MigrationStore.UsualPath;
        if (given.Contains("://", StringComparison.Ordinal) || MailAccountNameCompleter.StoreAt(given) is not { } path)
            return [];
        var pattern = new WildcardPattern(WildcardPattern.Escape(wordToComplete.Trim('\'', '"')) + "*", WildcardOptions.IgnoreCase);
        var found = new List<CompletionResult>();
        using var pump = new PipelinePump();
        try
        {
            pump.PumpToEndOf(async cancel =>
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                limit.CancelAfter(Patience);
                await using var store = await MigrationStore.OpenAsync(path, user: null, password: null, isMade: false, limit.Token).ConfigureAwait(false);
                foreach (var batch in (await store.BatchesAsync(limit.Token).ConfigureAwait(false)).Where(batch => pattern.IsMatch(batch.Name)))
                    found.Add(new CompletionResult(MailAccountNameCompleter.Quoted(batch.Name), batch.Name, CompletionResultType.ParameterValue, $"{batch.TotalCount} mailboxes, {batch.Status}"));
            });
        }
        catch (Exception e) when (e is MigrationException or OperationCanceledException)
        {
            // Completion has no place for errors; running the command will show it.
        }

        return found;
    }
}
