using System.Management.Automation;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Forgets a batch. No mailbox is changed; journals and refused messages stay in the workers' folders.</summary>
/// <para>Errors: BatchNotFound; BatchBusy while a worker is at one of its mailboxes.</para>
/// <example><code>Remove-MailMigration school</code><para>Asks, and forgets the batch.</para></example>
/// <example><code>Get-MailMigration | Where-Object Status -eq Completed | Remove-MailMigration -Confirm:$false</code><para>Clears away what is done.</para></example>
[Cmdlet(VerbsCommon.Remove, "MailMigration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveMailMigrationCommand : MigrationStoreCmdlet
{
    /// <summary>The batch.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MigrationBatchNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Start(Name, async Task (name, cancel) =>
    {
        await using var store = await OpenStoreAsync(isMade: false, cancel).ConfigureAwait(false);
        if (await ShouldProcessAsync(name, "Remove migration").ConfigureAwait(false))
            await store.RemoveAsync(name, cancel).ConfigureAwait(false);
    });
}
