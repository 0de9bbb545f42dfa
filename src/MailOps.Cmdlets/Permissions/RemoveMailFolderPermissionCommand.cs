using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Maildir.Access;

namespace MailOps.Cmdlets.Permissions;

/// <summary>Takes a user out of the permissions of a folder of a mail store.</summary>
/// <para>What other lines give, such as one for anyone, he has then. Sessions that have the folder open and may no longer read it are ended.
/// Without a line of his own the owner has all rights. Errors: AccountNotFound, FolderNotFound, InvalidAccountName, PermissionFileBroken,
/// PermissionNotFound, StoreNotFound, PasswdFileUnavailable.</para>
/// <example><code>Remove-MailFolderPermission INBOX bob@contoso.com -Account ann@contoso.com -StorePath ./store</code><para>Bob sees nothing of ann's INBOX any more.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Get-MailFolderPermission -User bob@contoso.com | Where-Object Account -NE bob@contoso.com | Remove-MailFolderPermission</code><para>Takes from bob all that others gave him.</para></example>
[Cmdlet(VerbsCommon.Remove, "MailFolderPermission", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveMailFolderPermissionCommand : MailFolderPermissionCommand
{
    /// <summary>The folder, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FolderName")]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = "";

    /// <summary>Whose line goes: an account, anyone, authenticated or owner.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string User { get; set; } = "";

    /// <summary>The line that takes rights goes, not the one that grants them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Deny { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folder, user, account, store, deny) = (Folder, User, Account, FullStorePath, Deny.IsPresent);
        StartOne(folder, store, async (register, cancel) =>
        {
            if (await ShouldProcessAsync(folder, $"Remove what '{user}' {(deny ? "may not" : "may")} do").ConfigureAwait(false))
                await register.ChangeAsync(account, folder, user, deny, AccessChangeKind.Delete, "", cancel).ConfigureAwait(false);
        });
    }
}
