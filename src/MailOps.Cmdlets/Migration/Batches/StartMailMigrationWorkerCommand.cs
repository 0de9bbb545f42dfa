using System.Management.Automation;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Carries out the batches of a store, until it is stopped.</summary>
/// <para>Gives a user each time that a pass over its mailbox ends. Ctrl+C ends it in order: what is under way stops after the messages that are being sent, and goes
/// on with the next worker. A worker that is killed leaves its mailboxes to the others; nothing is lost, and nothing doubled.</para>
/// <para>A store in a file has one worker. One on PostgreSQL has any number, on any machines: each mailbox is worked on by one of them at a time, and no more at once
/// on a server than the batch allows. Workers are given the logins, or the batch names a vault.</para>
/// <para>Errors: CredentialMissing, StoreNotFound, StoreInUse, StoreFailed.</para>
/// <example><code>Start-MailMigrationWorker -Store ./school.db -FromCredential $oldAdmin -ToCredential $newAdmin</code><para>Works until Ctrl+C, with the logins of administrators who may act as each user.</para></example>
/// <example><code>Start-MailMigrationWorker -Store postgresql://mailops@db.example.com/migrations?sslmode=verify-full -StoreCredential $db -FromAccessToken { param($user) ./get-token.ps1 $user } -ToCredential $new -UntilIdle -Mailboxes 16 | Where-Object Status -eq Failed</code><para>One of several workers; it ends when nothing is left to do, and shows what failed.</para></example>
[Cmdlet(VerbsLifecycle.Start, "MailMigrationWorker")]
[OutputType(typeof(MigrationUser))]
public sealed class StartMailMigrationWorkerCommand : MigrationWorkCmdlet
{
    /// <summary>The batches that it works on; all of the store, those as well that come later, unless given.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MigrationBatchNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Ends when nothing is queued or under way, whatever is to be brought up to date later.</summary>
    [Parameter]
    public SwitchParameter UntilIdle { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var options = Options(user => user.Status is MigrationStatus.Syncing or MigrationStatus.Completing ? VerboseAsync($"{user.BatchName}, {user.Identity}: {user.Status}") : OutputAsync(user), Name, UntilIdle);
        Run(async cancel =>
        {
            await using var store = await OpenStoreAsync(isMade: Store?.Contains("://", StringComparison.Ordinal) == true, cancel).ConfigureAwait(false);
            await CheckLoginsAsync(store, Name, cancel).ConfigureAwait(false);
            await VerboseAsync($"The worker {options.Id} is at work in {store.Name}.").ConfigureAwait(false);
            await new MigrationWorker(store, options, TimeProvider.System).RunAsync(cancel).ConfigureAwait(false);
        });
    }
}
