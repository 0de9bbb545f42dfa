using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Runtime;
using MailOps.Maildir.Access;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Permissions;

/// <summary>Sets what a user may do with a folder of a mail store.</summary>
/// <para>Rights are the letters of RFC 4314: l (lists the folder), r (reads), s (marks as seen), w (sets other flags), i (appends and copies to
/// it), p (posts; IMAP does nothing with it), k (makes folders below), x (deletes and renames the folder), t (marks messages as deleted), e
/// (expunges), a (changes permissions); c stands for kx and d for te. A running server obeys with the next command of each session. New folders
/// begin with the permissions of the one above. The owner keeps l and a. Errors: AccountNotFound, FolderNotFound, InvalidAccessRights,
/// InvalidAccountName, NothingToChange, PermissionFileBroken, StoreNotFound, TooManyPermissions, PasswdFileUnavailable.</para>
/// <example><code>Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lrs -Account ann@contoso.com -StorePath ./store</code><para>Bob reads ann's INBOX, and marks what was read.</para></example>
/// <example><code>Set-MailFolderPermission Public ann@contoso.com -AccessRights lrswipkxtea -StorePath ./store</code><para>Ann makes public folders from now on; they begin with these permissions, and she gives others theirs.</para></example>
/// <example><code>Set-MailFolderPermission Public/News anyone -AddAccessRights lr -StorePath ./store</code><para>Everybody reads a public folder.</para></example>
/// <example><code>Set-MailFolderPermission Public/News bob@contoso.com -AccessRights r -Deny -StorePath ./store</code><para>But not bob.</para></example>
[Cmdlet(VerbsCommon.Set, "MailFolderPermission", SupportsShouldProcess = true)]
[OutputType(typeof(MailFolderPermission))]
public sealed class SetMailFolderPermissionCommand : MailFolderPermissionCommand
{
    /// <summary>The folder, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FolderName")]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = "";

    /// <summary>Who gets the rights: an account, anyone, authenticated (which is the same for IMAP) or owner.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string User { get; set; } = "";

    /// <summary>All rights from now on, such as lrs. An empty text is none, which counts before what anyone has.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? AccessRights { get; set; }

    /// <summary>Rights that come to the others.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AddAccessRights { get; set; }

    /// <summary>Rights that go.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RemoveAccessRights { get; set; }

    /// <summary>These rights are taken, whatever else grants them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Deny { get; set; }

    /// <summary>Writes the permission; without it nothing is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folder, user, account, store, deny, pass) = (Folder, User, Account, FullStorePath, Deny.IsPresent, PassThru.IsPresent);
        var (all, added, removed) = (AccessRights, AddAccessRights, RemoveAccessRights);
        if (all is null && added is null && removed is null)
        {
            WriteError(ErrorRecords.Finding("NothingToChange", ErrorCategory.InvalidArgument, $"Nothing is said of what '{user}' may do with '{folder}'. Give -AccessRights, -AddAccessRights or -RemoveAccessRights.", folder));
            return;
        }

        StartOne(folder, store, async (register, cancel) =>
        {
            if (!await ShouldProcessAsync(folder, $"Change what '{user}' {(deny ? "may not" : "may")} do").ConfigureAwait(false))
                return;
            FolderPermissionRecord? changed = null;
            if (all is not null)
                changed = await register.ChangeAsync(account, folder, user, deny, AccessChangeKind.Replace, all, cancel).ConfigureAwait(false);
            if (added is not null)
                changed = await register.ChangeAsync(account, folder, user, deny, AccessChangeKind.Add, added, cancel).ConfigureAwait(false);
            if (removed is not null)
                changed = await register.ChangeAsync(account, folder, user, deny, AccessChangeKind.Remove, removed, cancel).ConfigureAwait(false);
            if (pass && changed is not null)
                await OutputAsync(MailFolderPermission.From(changed, store)).ConfigureAwait(false);
        });
    }
}
