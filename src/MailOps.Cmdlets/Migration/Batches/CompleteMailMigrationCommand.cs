using System.Management.Automation;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Cmdlets.Accounts;
using MailOps.Dns;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Completes the migration of a batch, or of some of its users: the cutover.</summary>
/// <para>First it is seen that mail goes to the new server: the MX records of each Domain must lead to MxHost alone, and how long they may be cached is told: that long mail
/// may still come to the old one. If they do not, nothing is done (CutoverNotReady), unless Force is given. Then workers make a last pass over each mailbox, with flags as they
/// are now, and prove it: every message of the source is held against the target by its content. Completed means that nothing differs; what the target has beyond the source
/// is new mail, and no difference. With ReportPath of the batch each proof is kept.</para>
/// <para>Before: lower the TTL of the MX records, some days ahead; let the batch be Synced; lead the MX to the new server; wait until the old TTL is over; shut the source to
/// its users: SourceStorePath does it where MailOps hosts it and the mailboxes are read as maildir:PATH, by Lock-MailAccount. Afterwards, if mail still came to the old server: run it again for the user, by name.</para>
/// <para>The way back: nothing was changed on the source. Lead the MX back, unlock the accounts (Unlock-MailAccount), and bring what came to the target meanwhile with a batch
/// in the other direction (Copy-Mailbox from To to From): what is there already is found by its content and not doubled.</para>
/// <example><code>Complete-MailMigration school -Domain school.example -MxHost mx.new.example.net -PassThru</code><para>Completes all users of a batch whose domain leads to the new server.</para></example>
/// <example><code>Complete-MailMigration school ann; Start-MailMigrationWorker -UntilIdle -FromCredential $old -ToCredential $new</code><para>Completes one user, and carries that out.</para></example>
[Cmdlet(VerbsLifecycle.Complete, "MailMigration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationUser))]
public sealed class CompleteMailMigrationCommand : MigrationWishCmdlet
{
    // Longer than this mail comes to the old server for a good part of a day.
    private static readonly TimeSpan LongTtl = TimeSpan.FromHours(1);

    private string? _sourceStore;

    /// <summary>The domains whose mail the new server is to get.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Domain { get; set; } = [];

    /// <summary>The hosts that take the mail of the domains from now on, all of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] MxHost { get; set; } = [];

    /// <summary>The name server to ask, by address or name; the system's own unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DnsServer { get; set; }

    /// <summary>The name server's port; 53 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int DnsPort { get; set; } = 53;

    /// <summary>The mail store of the source, where MailOps hosts it: the accounts whose Maildirs the batch reads are locked before the last pass. Mail for them is still taken, and comes over with another pass.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SourceStorePath { get; set; }

    /// <summary>Goes on although the MX records do not lead to the new server.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override MigrationWish Wish => MigrationWish.Complete;

    private protected override string Action => "Complete migration";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _sourceStore = SourceStorePath is null ? null : GetUnresolvedProviderPathFromPSPath(SourceStorePath);
        if (Domain.Length > 0 != MxHost.Length > 0)
            Refuse("-Domain and -MxHost belong together: the domains, and the hosts that take their mail from now on.");
        foreach (var name in Domain.Concat(MxHost))
        {
            if (!DnsName.TryParse(name, out _, out var error))
                Refuse(error, name);
        }
    }

    private protected override async Task<bool> IsReadyAsync(IReadOnlyList<MigrationUser> users, CancellationToken cancel) =>
        await IsMxReadyAsync(cancel).ConfigureAwait(false) && (_sourceStore is not { } store || await ShutAsync(store, users, cancel).ConfigureAwait(false));

    private async Task<bool> ShutAsync(string store, IReadOnlyList<MigrationUser> users, CancellationToken cancel)
    {
        try
        {
            var register = new AccountRegister(store);
            var accounts = register.List().Accounts.Where(account => account.MailPath is not null).ToDictionary(account => $"{MailboxLocation.Parse($"maildir:{account.MailPath}")}", account => account.Name, StringComparer.Ordinal);
            if (users.FirstOrDefault(user => !accounts.ContainsKey(user.From)) is { } other)
                throw new AccountException(AccountFault.NotFound, $"{other.From} of {other.Identity} is not the Maildir of an account in {store}, and cannot be shut. Name sources of a store as maildir:PATH, with the MailPath that Get-MailAccount shows: the last pass could not log in to an account that is shut.");
            foreach (var user in users)
            {
                await register.LockAsync(accounts[user.From], isLocked: true, cancel).ConfigureAwait(false);
                await VerboseAsync($"The account {accounts[user.From]} is locked; Unlock-MailAccount opens it again.").ConfigureAwait(false);
            }

            return true;
        }
        catch (AccountException e)
        {
            await ErrorAsync(AccountErrors.Of(e, Name)).ConfigureAwait(false);
            return false;
        }
    }

    private async Task<bool> IsMxReadyAsync(CancellationToken cancel)
    {
        var hosts = MxHost.Select(Ascii).ToHashSet(StringComparer.OrdinalIgnoreCase);
        using var resolver = new MailResolver(new MailResolverOptions { Server = DnsServer, Port = DnsPort });
        var problems = new List<string>();
        foreach (var name in Domain)
        {
            if (!DnsName.TryParse(name, out var domain, out _))
                continue;
            var answer = await resolver.MxAsync(domain, withAddresses: false, cancel).ConfigureAwait(false);
            if (answer.Status != DnsStatus.Answered)
            {
                problems.Add($"The MX of {name} was not found: {answer.Detail}");
                continue;
            }

            var ttl = answer.Records.Max(record => record.Ttl);
            if (answer.Records.Where(record => !hosts.Contains(record.Exchange.TrimEnd('.'))).Select(record => record.Exchange.TrimEnd('.')).ToList() is { Count: > 0 } others)
                problems.Add($"The mail of {name} goes {(others is [""] ? "nowhere (a null MX)" : $"to {string.Join(", ", others)}")}. Lead its MX to {string.Join(", ", MxHost)} alone, and complete the migration {ttl.TotalSeconds:0} seconds after that, when no cache has the old one.");
            else
                await VerboseAsync($"The mail of {name} goes to {string.Join(", ", answer.Records.Select(record => record.Exchange))}, with a TTL of {ttl.TotalSeconds:0} seconds.").ConfigureAwait(false);
            if (ttl > LongTtl)
                await WarningAsync($"The MX of {name} has a TTL of {ttl.TotalSeconds:0} seconds: for so long after a change mail may come to the old server. Lower it to 300 some days before a cutover, and complete a user again, by name, if mail came late.").ConfigureAwait(false);
        }

        if (problems.Count == 0)
            return true;
        if (Force)
        {
            foreach (var problem in problems)
                await WarningAsync(problem).ConfigureAwait(false);
            return true;
        }

        await ErrorAsync("CutoverNotReady", ErrorCategory.ResourceUnavailable, $"The migration {Name} was not completed. {string.Join(" ", problems)} -Force goes on all the same.", Name).ConfigureAwait(false);
        return false;
    }

    private static string Ascii(string name) => DnsName.TryParse(name, out var parsed, out _) ? parsed.Ascii.TrimEnd('.') : name;
}
