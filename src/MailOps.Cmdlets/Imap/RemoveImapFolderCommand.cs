using System.Management.Automation;

namespace MailOps.Cmdlets.Imap;

/// <summary>Deletes folders of an IMAP account with all their messages. They cannot be brought back. Folders below them stay.</summary>
/// <example><code>$session | Get-ImapFolder Temp/* | Remove-ImapFolder -Session $session -Confirm:$false</code><para>Deletes what lies below a folder, without asking for each.</para></example>
/// <example><code>Remove-ImapFolder imap.example.com Old/2019 -Credential $john -WhatIf</code><para>Shows what would be deleted.</para></example>
[Cmdlet(VerbsCommon.Remove, "ImapFolder", DefaultParameterSetName = SessionSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveImapFolderCommand : ImapCmdlet
{
    /// <summary>Full names.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SessionSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => StartWithEach(Name, async (account, name, cancel) =>
    {
        if (await ShouldProcessAsync(name, "Delete the folder with all its messages").ConfigureAwait(false))
            await account.DeleteAsync(name, cancel).ConfigureAwait(false);
    });
}
