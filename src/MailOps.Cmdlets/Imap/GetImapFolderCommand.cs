using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Lists the folders of an IMAP account, with what is in them.</summary>
/// <para>Those that others share and public ones are listed as well, as far as the server tells of them. Counts cost a server without LIST-STATUS a command for each folder; NoStatus leaves them out.</para>
/// <example><code>$session | Get-ImapFolder</code><para>Lists the folders of a session of New-MailSession.</para></example>
/// <example><code>Get-ImapFolder imap.example.com Archive* -Credential $john | Measure-Object Size -Sum</code><para>How much lies in the archive.</para></example>
/// <example><code>$session | Get-ImapFolder -Quota | Select-Object Name, QuotaUsed, QuotaLimit</code><para>Which quota each folder is under.</para></example>
[Cmdlet(VerbsCommon.Get, "ImapFolder", DefaultParameterSetName = SessionSet)]
[OutputType(typeof(ImapFolder))]
public sealed class GetImapFolderCommand : ImapCmdlet
{
    /// <summary>Full names, with wildcards; all folders unless given. What is not there is passed over.</summary>
    [Parameter(Position = 1, ParameterSetName = CredentialSet)]
    [Parameter(Position = 1, ParameterSetName = CertificateSet)]
    [Parameter(Position = 1, ParameterSetName = TokenSet)]
    [Parameter(Position = 0, ParameterSetName = SessionSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Lists those alone that the account is subscribed to.</summary>
    [Parameter]
    public SwitchParameter Subscribed { get; set; }

    /// <summary>Leaves out the counts, which is faster.</summary>
    [Parameter]
    public SwitchParameter NoStatus { get; set; }

    /// <summary>Asks for the quota of each folder, of a server that tells of quotas.</summary>
    [Parameter]
    public SwitchParameter Quota { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var patterns = Array.ConvertAll(Name, name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase));
        var (subscribed, withStatus, quota) = (Subscribed.IsPresent, !NoStatus, Quota.IsPresent);
        StartWithAccount(async (account, cancel) =>
            await OutputAsync(await account.ListAsync(name => Array.Exists(patterns, pattern => pattern.IsMatch(name)), subscribed, withStatus, quota, cancel).ConfigureAwait(false)).ConfigureAwait(false));
    }
}
