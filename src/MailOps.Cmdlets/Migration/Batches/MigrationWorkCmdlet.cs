using System.Management.Automation;
using System.Security;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Client.Migration.Comparison;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>The base of cmdlets that carry out batches.</summary>
public abstract class MigrationWorkCmdlet : MigrationStoreCmdlet
{
    // A field of a type from another assembly would be looked for before there is a way to it.
    private object? _signer;

    /// <summary>The login to the sources: a credential (that of an administrator who may act as each user, or of a master user), or a script block that gets the user as its first argument (Identity, From, To, BatchName) and writes a credential, or a SecureString or string for the account that From names. It is asked when a mailbox is begun, and kept nowhere.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? FromCredential { get; set; }

    /// <summary>The login to the targets, in the same way; a string or SecureString is for the account that To names.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? ToCredential { get; set; }

    /// <summary>OAuth access tokens for the sources, in the place of logins: a script block that gets the account as its first argument and writes a token. It is called again when a token is refused.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? FromAccessToken { get; set; }

    /// <summary>OAuth access tokens for the targets, in the same way.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? ToAccessToken { get; set; }

    /// <summary>How many mailboxes are under way at once in this worker; 4 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int Mailboxes { get; set; } = 4;

    /// <summary>The folder for journals, and for messages that targets refuse: unless given, beside the store's file or, with PostgreSQL, in the user's data folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkPath { get; set; }

    /// <summary>A file that gets a line of JSON for each message: time, batch, user, result (copied, found or refused), folder, id, target, targetId, size, reason.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>The certificate that signs the records of proofs, with its private key, as in Compare-Mailbox. It is looked at before anything is begun.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? ReportCertificate { get; set; }

    /// <summary>The password of the certificate's file.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? ReportCertificatePassword { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (FromCredential is not null && FromAccessToken is not null)
            Refuse("Give -FromCredential or -FromAccessToken, and not both.");
        if (ToCredential is not null && ToAccessToken is not null)
            Refuse("Give -ToCredential or -ToAccessToken, and not both.");
        // Proofs come last, days later: what is wrong with it is told now.
        if (ReportCertificate is not null)
            _signer = ReportCertificateArgument.Open(this, ReportCertificate, ReportCertificatePassword);
    }

    /// <summary>What a worker is to know. On the pipeline's thread.</summary>
    /// <param name="tell">Told of each user when a pass begins and when it ends.</param>
    /// <param name="batches">The batches that it works on; null for all.</param>
    /// <param name="endsWhenIdle">True to end when nothing is queued or under way.</param>
    private protected MigrationWorkerOptions Options(Func<MigrationUser, ValueTask> tell, IReadOnlyCollection<string>? batches, bool endsWhenIdle)
    {
        var logins = new MigrationLogins(this, FromCredential, ToCredential, FromAccessToken, ToAccessToken);
        return new MigrationWorkerOptions
        {
            Login = logins.FindAsync,
            Folders = settings => new FolderPatterns(settings.Include, settings.Exclude).IsWanted,
            Mailboxes = Mailboxes,
            WorkPath = WorkPath is null ? null : GetUnresolvedProviderPathFromPSPath(WorkPath),
            LogPath = LogPath is null ? null : GetUnresolvedProviderPathFromPSPath(LogPath),
            Signer = (ReportSigner?)_signer,
            EndsWhenIdle = endsWhenIdle,
            Batches = batches,
            Warn = WarningAsync,
            Tell = tell,
            Show = ShowAsync,
        };
    }

    /// <summary>Sees, before anything is begun, that there is a login for each mailbox on a server that is to be worked on.</summary>
    /// <exception cref="MigrationException">There is none, or no such batch.</exception>
    private protected async Task CheckLoginsAsync(MigrationStore store, IReadOnlyCollection<string>? batches, CancellationToken cancel)
    {
        var all = await store.BatchesAsync(cancel).ConfigureAwait(false);
        if (batches?.FirstOrDefault(name => all.All(batch => batch.Name != name)) is { } unknown)
            throw new MigrationException(MigrationFault.BatchNotFound, $"There is no batch called {unknown} in {store.Name}. Get-MailMigration lists them.");
        foreach (var batch in all.Where(batch => batches?.Contains(batch.Name, StringComparer.Ordinal) != false))
        {
            if (batch.QueuedCount + batch.ActiveCount + batch.SyncedCount == 0)
                continue;
            CheckLogins(batch.Name, batch.Settings, (await store.UsersAsync(batch.Name, cancel).ConfigureAwait(false)).Select(user => (MailboxLocation.Parse(user.From), MailboxLocation.Parse(user.To))));
        }
    }

    /// <summary>Sees that there is a login for each mailbox of a batch that is on a server.</summary>
    /// <exception cref="MigrationException">There is none.</exception>
    private protected void CheckLogins(string batch, MigrationSettings settings, IEnumerable<(MailboxLocation From, MailboxLocation To)> mailboxes)
    {
        foreach (var (from, to) in mailboxes)
        {
            foreach (var (side, login, location) in new[]
            {
                ("From", FromCredential ?? FromAccessToken ?? (object?)settings.FromVault, from),
                ("To", ToCredential ?? ToAccessToken ?? (object?)settings.ToVault, to),
            })
            {
                if (login is null && location.Server is not null)
                    throw new MigrationException(MigrationFault.CredentialMissing, $"The batch {batch} has mailboxes on servers, such as {location}, which want a login: give -{side}Credential or -{side}AccessToken, make batches with -{side}Vault, or name the batches to work on.");
            }
        }
    }

    private ValueTask ShowAsync(IReadOnlyList<MigrationBatch> batches)
    {
        var shown = batches.Where(batch => batch.QueuedCount + batch.ActiveCount > 0).ToList();
        var (total, done) = (shown.Sum(batch => batch.TotalCount), shown.Sum(batch => batch.TotalCount - batch.QueuedCount - batch.ActiveCount));
        var remaining = shown.Select(batch => batch.Remaining).ToList();
        return ProgressAsync(new ProgressRecord(1, shown.Count == 1 ? $"Migration of {shown[0].Name}" : "Migrations", $"{done} of {total} mailboxes, {shown.Sum(batch => batch.Done)} of {shown.Sum(batch => batch.Messages)} messages, {shown.Sum(batch => batch.Rate):0} a second")
        {
            PercentComplete = total == 0 ? -1 : done * 100 / total,
            SecondsRemaining = remaining.Count == 0 || remaining.Contains(null) ? -1 : (int)Math.Min(int.MaxValue, remaining.Max()!.Value.TotalSeconds),
        });
    }
}
