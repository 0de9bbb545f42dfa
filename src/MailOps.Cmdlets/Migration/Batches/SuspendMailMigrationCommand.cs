using System.Management.Automation;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Holds a batch, or some of its users: nothing more is copied until Resume-MailMigration.</summary>
/// <para>What is under way stops within seconds, after the messages that are being sent. Who is done is left as he is.</para>
/// <example><code>Suspend-MailMigration school</code><para>Holds all that is queued, under way, synced or failed.</para></example>
/// <example><code>Get-MailMigrationUser school -Status Syncing | Suspend-MailMigration -PassThru</code><para>Holds those that are under way.</para></example>
[Cmdlet(VerbsLifecycle.Suspend, "MailMigration", SupportsShouldProcess = true)]
[OutputType(typeof(MigrationUser))]
public sealed class SuspendMailMigrationCommand : MigrationWishCmdlet
{
    private protected override MigrationWish Wish => MigrationWish.Suspend;

    private protected override string Action => "Suspend migration";
}
