using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Removes an account from a mail store.</summary>
/// <para>The account can no longer log in and mail for it is refused; sessions that are open go on. Its mail stays where it
/// is, and is there again if the account is made again, unless -RemoveMail is given. Aliases that name the account are told in a
/// warning. Asks before it removes. Errors: AccountNotFound, StoreNotFound, PasswdFileUnavailable, AddressFileUnavailable, PermissionFileBroken (with -RemoveMail: a list of permissions cannot be read;
/// the account is still there), MailNotRemoved (the account is gone, some of its mail is not).</para>
/// <example><code>Remove-MailAccount joe@contoso.com ./store</code><para>Removes the account and keeps its mail.</para></example>
/// <example><code>Get-MailAccount test*@contoso.com -StorePath ./store | Remove-MailAccount -RemoveMail -WhatIf</code><para>Shows which accounts and folders would be removed.</para></example>
/// <example><code>Remove-MailAccount joe@contoso.com ./store -RemoveMail -Confirm:$false</code><para>Removes the account with all its mail, without asking.</para></example>
[Cmdlet(VerbsCommon.Remove, "MailAccount", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveMailAccountCommand : MailAccountCommand
{
    /// <summary>Names of accounts, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Account")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Deletes the account's mail too, and takes the account out of the permissions of all folders. It cannot be brought back.</summary>
    [Parameter]
    public SwitchParameter RemoveMail { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (store, mail) = (FullStorePath, RemoveMail.IsPresent);
        foreach (var name in Name)
        {
            StartOne(name, async cancel =>
            {
                var register = new AccountRegister(store);
                if (register.Find(name) is not { } found)
                    throw new AccountException(AccountFault.NotFound, $"There is no account '{name}' in '{register.FilePath}'. Get-MailAccount lists those there are.");
                if (new AliasRegister(store, []).FindNaming(found.Name) is { Count: > 0 } aliases)
                    await WarningAsync($"Aliases name '{found.Name}' among their targets: {string.Join(", ", aliases.Select(alias => alias.Name))}. Without the account they no longer reach it: change them with Set-MailAlias, or remove them with Remove-MailAlias.").ConfigureAwait(false);
                var action = mail ? $"Remove the account and delete all its mail in '{found.MailPath}'" : "Remove the account and keep its mail";
                if (!await ShouldProcessAsync(found.Name, action).ConfigureAwait(false))
                    return;

                // Before the account goes, so that this can be done again where it fails.
                if (mail)
                {
                    var permissions = new FolderPermissionRegister(store);
                    await using (permissions.ConfigureAwait(false))
                        await permissions.ForgetAsync(found.Name, cancel).ConfigureAwait(false);
                }

                var removed = await register.RemoveAsync(name, cancel).ConfigureAwait(false);
                if (mail)
                    await Task.Run(() => register.RemoveMail(removed), cancel).ConfigureAwait(false);
            });
        }
    }
}
