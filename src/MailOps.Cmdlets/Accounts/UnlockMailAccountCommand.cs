using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Unlocks accounts that Lock-MailAccount locked: their password counts again.</summary>
/// <para>An account that is not locked stays as it is. Errors: AccountNotFound, StoreNotFound, PasswdFileUnavailable.</para>
/// <example><code>Unlock-MailAccount joe@contoso.com ./store</code><para>Opens an account again.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Where-Object IsLocked | Unlock-MailAccount</code><para>Opens all that are locked.</para></example>
[Cmdlet(VerbsCommon.Unlock, "MailAccount", SupportsShouldProcess = true)]
[OutputType(typeof(MailAccount))]
public sealed class UnlockMailAccountCommand : AccountLockCommand
{
    private protected override bool IsLocked => false;
}
