using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>What locking and unlocking share.</summary>
public abstract class AccountLockCommand : MailAccountCommand
{
    /// <summary>Names of accounts, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Account")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Writes the accounts; without it nothing is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>True to lock, false to unlock.</summary>
    private protected abstract bool IsLocked { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (store, isLocked) = (FullStorePath, IsLocked);
        foreach (var name in Name)
        {
            StartOne(name, async cancel =>
            {
                if (!await ShouldProcessAsync(name, isLocked ? "Lock the account" : "Unlock the account").ConfigureAwait(false))
                    return;
                var record = await new AccountRegister(store).LockAsync(name, isLocked, cancel).ConfigureAwait(false);
                if (PassThru)
                    await OutputAsync(MailAccount.From(record, store)).ConfigureAwait(false);
            });
        }
    }
}
