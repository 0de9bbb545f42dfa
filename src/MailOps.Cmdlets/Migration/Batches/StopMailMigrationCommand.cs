using System.Management.Automation;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Gives up a batch, or some of its users. What was copied stays on the targets; Remove-MailMigration forgets the batch.</summary>
/// <para>What is under way stops within seconds, after the messages that are being sent. Who is completed stays so. Resume-MailMigration goes on after all.</para>
/// <example><code>Stop-MailMigration school</code><para>Gives up all that is not completed.</para></example>
/// <example><code>Stop-MailMigration school ann, bob</code><para>Gives up two users.</para></example>
[Cmdlet(VerbsLifecycle.Stop, "MailMigration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationUser))]
public sealed class StopMailMigrationCommand : MigrationWishCmdlet
{
    private protected override MigrationWish Wish => MigrationWish.Stop;

    private protected override string Action => "Stop migration";
}
