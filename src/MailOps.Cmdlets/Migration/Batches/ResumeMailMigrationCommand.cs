using System.Management.Automation;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Goes on with users who were suspended, stopped or failed, and brings those who are synced up to date now.</summary>
/// <example><code>Resume-MailMigration school</code><para>Begins a pass over all who are not under way or completed.</para></example>
/// <example><code>Get-MailMigrationUser school -Status Failed | Resume-MailMigration</code><para>Tries those again that failed.</para></example>
/// <example><code>Resume-MailMigration school ann -RetryRefused</code><para>Tries messages again that the target refused, after what was in their way is cured.</para></example>
[Cmdlet(VerbsLifecycle.Resume, "MailMigration", SupportsShouldProcess = true)]
[OutputType(typeof(MigrationUser))]
public sealed class ResumeMailMigrationCommand : MigrationWishCmdlet
{
    /// <summary>Tries messages again that the target refused.</summary>
    [Parameter]
    public SwitchParameter RetryRefused { get; set; }

    private protected override MigrationWish Wish => MigrationWish.Sync;

    private protected override string Action => "Resume migration";

    private protected override bool RetriesRefused => RetryRefused;
}
