using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Gives a folder of an IMAP account, and those below it, another name.</summary>
/// <para>INBOX is another matter (RFC 9051 section 6.3.6): its messages move to the new folder, and it stays, empty, with the folders below it.</para>
/// <example><code>$session | Rename-ImapFolder Old Archive/Old</code><para>Moves a folder below another.</para></example>
/// <example><code>Rename-ImapFolder imap.example.com Projects Archive/Projects -Credential $john -PassThru</code><para>Logs in for this alone, and shows the folder with its new name.</para></example>
[Cmdlet(VerbsCommon.Rename, "ImapFolder", DefaultParameterSetName = SessionSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImapFolder))]
public sealed class RenameImapFolderCommand : ImapCmdlet
{
    /// <summary>The folder's full name.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SessionSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The new full name, levels separated as the server does. Folders above it that are not there are made.</summary>
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = CredentialSet)]
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = CertificateSet)]
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = TokenSet)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = SessionSet)]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>Writes the folder with its new name.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (newName, passThru) = (NewName, PassThru.IsPresent);
        StartWithEach([Name], async (account, name, cancel) =>
        {
            if (!await ShouldProcessAsync(name, $"Rename the folder to {newName}").ConfigureAwait(false))
                return;
            var renamed = await account.RenameAsync(name, newName, cancel).ConfigureAwait(false);
            if (passThru)
                await OutputAsync(renamed).ConfigureAwait(false);
        });
    }
}
