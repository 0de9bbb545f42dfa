using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Makes folders in an IMAP account, and those above them that are not there.</summary>
/// <example><code>$session | New-ImapFolder Archive/2026 -Subscribe</code><para>Makes a folder in a session of New-MailSession, and subscribes to it.</para></example>
/// <example><code>$session | New-ImapFolder Sent -SpecialUse Sent</code><para>Makes the folder for mail that was sent, and says so to the server (RFC 6154).</para></example>
[Cmdlet(VerbsCommon.New, "ImapFolder", DefaultParameterSetName = SessionSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImapFolder))]
public sealed class NewImapFolderCommand : ImapCmdlet
{
    /// <summary>Full names, levels separated as the server does.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SessionSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>What the folder is for (RFC 6154), on a server that takes that.</summary>
    [Parameter]
    [ValidateSet("All", "Archive", "Drafts", "Flagged", "Important", "Junk", "Sent", "Trash")]
    public string? SpecialUse { get; set; }

    /// <summary>Subscribes to the folders.</summary>
    [Parameter]
    public SwitchParameter Subscribe { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (use, subscribe) = (SpecialUse is null ? null : "\\" + SpecialUse, Subscribe.IsPresent);
        StartWithEach(Name, async (account, name, cancel) =>
        {
            if (await ShouldProcessAsync(name, "Make the folder").ConfigureAwait(false))
                await OutputAsync(await account.CreateAsync(name, use, subscribe, cancel).ConfigureAwait(false)).ConfigureAwait(false);
        });
    }
}
