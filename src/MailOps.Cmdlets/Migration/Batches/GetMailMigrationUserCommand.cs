using System.Management.Automation;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Shows the users of batches, and how far each mailbox is.</summary>
/// <para>Errors: BatchNotFound, StoreNotFound, StoreFailed.</para>
/// <example><code>Get-MailMigrationUser school -Status Failed | Format-List Identity, Error</code><para>Shows what failed, and why.</para></example>
/// <example><code>Get-MailMigration | Get-MailMigrationUser | Sort-Object Refused -Descending | Select-Object -First 10</code><para>Shows the mailboxes of all batches whose targets refused most.</para></example>
[Cmdlet(VerbsCommon.Get, "MailMigrationUser")]
[OutputType(typeof(MigrationUser))]
public sealed class GetMailMigrationUserCommand : MigrationStoreCmdlet
{
    /// <summary>The batches, with wildcards; all unless given.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("BatchName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MigrationBatchNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The users, with wildcards; all unless given.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Identity { get; set; } = ["*"];

    /// <summary>Those that are there alone.</summary>
    [Parameter]
    [ValidateSet("Queued", "Syncing", "Synced", "Completing", "Completed", "CompletedWithWarnings", "Failed", "Suspended", "Stopped")]
    public string[] Status { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Start([Name], async Task (names, cancel) =>
    {
        await using var store = await OpenStoreAsync(isMade: false, cancel).ConfigureAwait(false);
        var batches = Array.ConvertAll(names, name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase));
        var users = Array.ConvertAll(Identity, name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase));
        var found = (await store.UsersAsync(batch: null, cancel).ConfigureAwait(false)).Where(user => Array.Exists(batches, pattern => pattern.IsMatch(user.BatchName))).ToList();
        foreach (var name in names.Where(name => !WildcardPattern.ContainsWildcardCharacters(name) && !found.Exists(user => user.BatchName.Equals(name, StringComparison.OrdinalIgnoreCase))))
            await ErrorAsync(new MigrationException(MigrationFault.BatchNotFound, $"There is no batch called {name} in {store.Name}. Get-MailMigration lists them."), name).ConfigureAwait(false);
        foreach (var user in found.Where(user => Array.Exists(users, pattern => pattern.IsMatch(user.Identity)) && (Status.Length == 0 || Status.Contains($"{user.Status}", StringComparer.OrdinalIgnoreCase))))
            await OutputAsync(user).ConfigureAwait(false);
    });
}
