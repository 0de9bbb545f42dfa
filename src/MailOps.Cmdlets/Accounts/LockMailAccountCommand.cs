using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Locks accounts of a mail store: nobody logs in to them any more. Mail for them is taken as before.</summary>
/// <para>The password stays in the file behind an exclamation mark, as passwd -l has it, so that Unlock-MailAccount brings it back; Dovecot and Postfix, where they read the
/// same file, take it for locked as well. The change counts for the next login; sessions that are open go on. Errors: AccountNotFound, StoreNotFound, PasswdFileUnavailable.</para>
/// <example><code>Lock-MailAccount joe@contoso.com ./store</code><para>Shuts an account before its mailbox is moved.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Lock-MailAccount -PassThru</code><para>Shuts all accounts of a store, and shows them.</para></example>
[Cmdlet(VerbsCommon.Lock, "MailAccount", SupportsShouldProcess = true)]
[OutputType(typeof(MailAccount))]
public sealed class LockMailAccountCommand : AccountLockCommand
{
    private protected override bool IsLocked => true;
}
