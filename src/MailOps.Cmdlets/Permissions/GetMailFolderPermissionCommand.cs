using System.Management.Automation;

namespace MailOps.Cmdlets.Permissions;

/// <summary>Lists who may do what with the folders of a mail store.</summary>
/// <para>Permissions are those of RFC 4314, which clients of IMAP set as well; they lie in the files dovecot-acl of the folders. The owner has
/// all rights where the list does not say otherwise, and keeps l and a whatever it says. Of what is granted and of what is denied the most
/// particular line counts: that of a user before authenticated, and that before anyone. Errors: AccountNotFound, FolderNotFound,
/// InvalidAccountName, StoreNotFound, PasswdFileUnavailable.</para>
/// <example><code>Get-MailFolderPermission -StorePath ./store</code><para>Who may do what with public folders.</para></example>
/// <example><code>Get-MailFolderPermission -StorePath ./store -Account ann@contoso.com | Where-Object User -NE ann@contoso.com</code><para>What ann shares, and with whom.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Get-MailFolderPermission -User bob@contoso.com, anyone</code><para>All that bob may use of others.</para></example>
[Cmdlet(VerbsCommon.Get, "MailFolderPermission")]
[OutputType(typeof(MailFolderPermission))]
public sealed class GetMailFolderPermissionCommand : MailFolderPermissionCommand
{
    /// <summary>Names of folders, with wildcards. All folders unless it is given.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FolderName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Folder { get; set; } = ["*"];

    /// <summary>Users, with wildcards: accounts, anyone, authenticated. All users unless it is given.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] User { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (account, store, folders, users) = (Account, FullStorePath, Folder, User.Select(user => new WildcardPattern(user, WildcardOptions.IgnoreCase)).ToList());
        StartOne(account.Length > 0 ? account : store, store, async (register, cancel) =>
        {
            var wanted = folders.Select(folder => (Name: folder, Pattern: new WildcardPattern(folder, WildcardOptions.IgnoreCase))).ToList();
            var found = await register.ListAsync(account, name => wanted.Exists(folder => folder.Pattern.IsMatch(name)), cancel).ConfigureAwait(false);
            foreach (var (name, pattern) in wanted)
            {
                if (!WildcardPattern.ContainsWildcardCharacters(name) && !found.Any(permission => pattern.IsMatch(permission.Folder)) && name != "Public")
                    await ErrorAsync("FolderNotFound", ErrorCategory.ObjectNotFound, account.Length > 0 ? $"The account '{account}' has no folder '{name}'." : $"There is no public folder '{name}', or nobody may do anything with it.", name).ConfigureAwait(false);
            }

            foreach (var permission in found.Where(permission => users.Exists(user => user.IsMatch(permission.User))))
                await OutputAsync(MailFolderPermission.From(permission, store)).ConfigureAwait(false);
        });
    }
}
