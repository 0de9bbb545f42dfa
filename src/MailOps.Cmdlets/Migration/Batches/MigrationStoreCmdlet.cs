using System.Management.Automation;
using MailOps.Client.Migration.Batches;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>The base of cmdlets that work with a store of migrations.</summary>
public abstract class MigrationStoreCmdlet : MailCmdlet
{
    private string? _path;

    /// <summary>Where batches are kept: the path of a file, which one machine works with, or postgresql://user@host:port/database for any number of workers (with ?sslmode=require, verify-ca or verify-full, and sslrootcert=PATH). Unless given, a file in the user's data folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>The login to PostgreSQL, where the server wants a password: without it PGPASSWORD and the file that PGPASSFILE names are asked.</summary>
    [Parameter]
    [Credential]
    public PSCredential? StoreCredential { get; set; }

    /// <summary>Opens the store.</summary>
    /// <param name="isMade">True to make it if it is not there.</param>
    /// <param name="cancel">Ends the wait.</param>
    private protected Task<MigrationStore> OpenStoreAsync(bool isMade, CancellationToken cancel) =>
        MigrationStore.OpenAsync(StorePath(), StoreCredential?.UserName, StoreCredential?.GetNetworkCredential().Password, isMade, cancel);

    private string StorePath() => Store is null ? MigrationStore.UsualPath : Store.Contains("://", StringComparison.Ordinal) ? Store : _path ??= GetUnresolvedProviderPathFromPSPath(Store);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        // Where the session is, its thread alone knows.
        StorePath();
    }
}
