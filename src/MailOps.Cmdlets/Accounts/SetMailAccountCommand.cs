using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Gives an account of a mail store another password.</summary>
/// <para>The change counts for the next login; sessions that are open go on. The SCRAM keys are made anew, and whatever
/// else the file holds about the account stays as it is. Errors: AccountNotFound, InvalidPassword, InvalidPasswordScheme,
/// InvalidPasswordHash, PasswordHashNotAlone, PasswordMissing, StoreNotFound, PasswdFileUnavailable.</para>
/// <example><code>Set-MailAccount joe@contoso.com ./store</code><para>Asks for the new password.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Where-Object Scheme -eq SSHA | Set-MailAccount -Password $initial -PassThru</code><para>Gives all accounts with a weak hash an initial password.</para></example>
/// <example><code>Set-MailAccount joe@contoso.com ./store -PasswordHash (doveadm pw -s BLF-CRYPT -p $secret)</code><para>Takes a hash that another program made.</para></example>
[Cmdlet(VerbsCommon.Set, "MailAccount", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(MailAccount))]
public sealed class SetMailAccountCommand : SecretCommand
{
    /// <summary>Writes the account; without it nothing is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (name, store, secret) = (AccountName, FullStorePath, CaptureSecret());
        if (secret is null)
            return;

        StartOne(name, async cancel =>
        {
            var register = new AccountRegister(store);
            if (register.Find(name) is not { } found)
                throw new AccountException(AccountFault.NotFound, $"There is no account '{name}' in '{register.FilePath}'. Make it with New-MailAccount.");
            if (!await ShouldProcessAsync(found.Name, "Change the password").ConfigureAwait(false))
                return;

            var record = await register.ReplaceSecretAsync(name, await Task.Run(secret, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
            if (PassThru)
                await OutputAsync(MailAccount.From(record, store)).ConfigureAwait(false);
        });
    }
}
