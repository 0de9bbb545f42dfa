using System.Management.Automation;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Shows batches of mailboxes, and how far they are.</summary>
/// <para>Rate is that of the last half minute, by all workers together; Remaining is how long it will take at that rate until nothing is queued or under way, where mailboxes that
/// were not looked into count as ones of mean size.</para>
/// <para>Errors: BatchNotFound, StoreNotFound, StoreFailed.</para>
/// <example><code>Get-MailMigration</code><para>Shows all batches of the usual store.</para></example>
/// <example><code>Get-MailMigration school -Store ./school.db | Format-List</code><para>Shows all about one.</para></example>
/// <example><code>while (($m = Get-MailMigration school).Status -in 'Queued', 'Syncing') { "$($m.Done) of $($m.Messages), $($m.Remaining) left"; Start-Sleep 10 }</code><para>Waits for a batch that workers elsewhere carry out.</para></example>
[Cmdlet(VerbsCommon.Get, "MailMigration")]
[OutputType(typeof(MigrationBatch))]
public sealed class GetMailMigrationCommand : MigrationStoreCmdlet
{
    /// <summary>The names, with wildcards; all unless given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MigrationBatchNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Start(Name, async Task (pattern, cancel) =>
    {
        await using var store = await OpenStoreAsync(isMade: false, cancel).ConfigureAwait(false);
        var wanted = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = (await store.BatchesAsync(cancel).ConfigureAwait(false)).Where(batch => wanted.IsMatch(batch.Name)).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern))
            await ErrorAsync(new MigrationException(MigrationFault.BatchNotFound, $"There is no batch called {pattern} in {store.Name}. Get-MailMigration lists them."), pattern).ConfigureAwait(false);
        foreach (var batch in found)
            await OutputAsync(batch).ConfigureAwait(false);
    });
}
