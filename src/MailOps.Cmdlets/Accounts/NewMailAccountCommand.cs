using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Makes an account in a mail store.</summary>
/// <para>The account stands in the file users of the store, in the format of Dovecot's passwd-file. A running server takes
/// mail for it and lets it log in at once. The store's folder is made if it is missing. The password is stored as an
/// Argon2id hash with keys for SCRAM-SHA-256 beside it, unless you choose otherwise. Errors: AccountExists,
/// InvalidAccountName, InvalidPassword, InvalidPasswordScheme, InvalidPasswordHash, PasswordHashNotAlone, PasswordMissing, PasswdFileUnavailable.</para>
/// <example><code>New-MailAccount joe@contoso.com ./store</code><para>Asks for a password and makes the account.</para></example>
/// <example><code>$server = Start-MailServer -StorePath ./store -Domain contoso.com -ImapPort 0; $server | New-MailAccount -Credential (Get-Credential joe@contoso.com)</code><para>Makes an account in the store of a server that runs.</para></example>
/// <example><code>Import-Csv old-server.csv | New-MailAccount -StorePath ./store</code><para>Takes accounts over from a file with the columns Name and PasswordHash, such as 'joe@contoso.com' and '{SHA512-CRYPT}$6$…'.</para></example>
[Cmdlet(VerbsCommon.New, "MailAccount", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(MailAccount))]
public sealed class NewMailAccountCommand : SecretCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (given, store, secret) = (AccountName, FullStorePath, CaptureSecret());
        if (secret is null)
            return;

        StartOne(given, async cancel =>
        {
            var name = AccountRegister.CanonicalName(given);
            var register = new AccountRegister(store);
            if (Directory.Exists(store) && register.Find(name) is not null)
                throw new AccountException(AccountFault.Exists, $"There is an account '{name}' in '{register.FilePath}' already. Change it with Set-MailAccount.");
            if (!await ShouldProcessAsync(name, $"Make the account in '{register.FilePath}'").ConfigureAwait(false))
                return;

            var record = await register.AddAsync(name, await Task.Run(secret, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
            await OutputAsync(MailAccount.From(record, store)).ConfigureAwait(false);
        });
    }
}
