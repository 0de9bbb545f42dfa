using System.Management.Automation;
using MailOps.Client.Migration.Batches;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>The base of cmdlets that ask something of a batch's workers.</summary>
public abstract class MigrationWishCmdlet : MigrationStoreCmdlet
{
    private readonly List<(string Name, List<string>? Identities)> _asked = [];

    /// <summary>The batch.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("BatchName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MigrationBatchNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The users; all that it can concern unless given.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Identity { get; set; }

    /// <summary>Gives the users as they are then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What is asked for.</summary>
    private protected abstract MigrationWish Wish { get; }

    /// <summary>What ShouldProcess calls it.</summary>
    private protected abstract string Action { get; }

    /// <summary>True to try refused messages again.</summary>
    private protected virtual bool RetriesRefused => false;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_asked.Find(one => one.Name.Equals(Name, StringComparison.Ordinal) && one.Identities is null == Identity is null) is not { Name: not null } asked)
            _asked.Add(asked = (Name, Identity is null ? null : []));
        asked.Identities?.AddRange(Identity!);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // Of thousands of users that come down the pipeline those of a batch are asked for together.
        foreach (var (name, identities) in _asked)
            Start([name], async Task (_, cancel) => await AskAsync(name, identities, cancel).ConfigureAwait(false));
        base.EndProcessing();
    }

    private async Task AskAsync(string name, List<string>? identities, CancellationToken cancel)
    {
        await using var store = await OpenStoreAsync(isMade: false, cancel).ConfigureAwait(false);
        if (!await ShouldProcessAsync(identities is null ? name : $"{name}: {Told(identities)}", Action).ConfigureAwait(false))
            return;
        var meant = await store.ConcernedAsync(name, identities, Wish, cancel).ConfigureAwait(false);
        if (!await IsReadyAsync(meant, cancel).ConfigureAwait(false))
            return;
        var asked = await store.WishAsync(name, identities, Wish, RetriesRefused, cancel).ConfigureAwait(false);
        await VerboseAsync($"{Action}: {asked.Count} users of {name}.").ConfigureAwait(false);
        if (asked.Count == 0)
            await WarningAsync($"{Action}: {(identities is null ? "that is for no user" : $"that is for none of {Told(identities)}")} of {name}, as they are now. Get-MailMigrationUser {name} shows them.").ConfigureAwait(false);
        if (asked.Count > 0 && Wish is MigrationWish.Sync or MigrationWish.Complete && (await store.WorkersAsync(cancel).ConfigureAwait(false)).Count == 0)
            await WarningAsync($"No worker is at work in {store.Name}: start one with Start-MailMigrationWorker.").ConfigureAwait(false);
        if (!PassThru)
            return;
        var names = asked.Select(user => user.Identity).ToHashSet(StringComparer.Ordinal);
        foreach (var user in (await store.UsersAsync(name, cancel).ConfigureAwait(false)).Where(user => names.Contains(user.Identity)))
            await OutputAsync(user).ConfigureAwait(false);
    }

    private static string Told(List<string> identities) => identities.Count <= 10 ? string.Join(", ", identities) : $"{string.Join(", ", identities.Take(5))} and {identities.Count - 5} more";

    /// <summary>Looks whether it can be done now; if not, it has said why.</summary>
    /// <param name="users">Whom it concerns.</param>
    /// <param name="cancel">Ends the wait.</param>
    private protected virtual Task<bool> IsReadyAsync(IReadOnlyList<MigrationUser> users, CancellationToken cancel) => Task.FromResult(true);
}
