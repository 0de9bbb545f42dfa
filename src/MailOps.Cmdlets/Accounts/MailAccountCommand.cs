using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>What the cmdlets of accounts share: the store, and the ids of errors.</summary>
public abstract class MailAccountCommand : MailCmdlet
{
    /// <summary>The store's folder: the one that Start-MailServer was given. Its files users and aliases hold the accounts and aliases.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string StorePath { get; set; } = "";

    /// <summary>The store as an absolute path; relative ones start at PowerShell's location.</summary>
    private protected string FullStorePath => GetUnresolvedProviderPathFromPSPath(StorePath);

    /// <summary>Starts work on one account. What goes wrong with it is the account's error, and the next goes on.</summary>
    private protected void StartOne(string name, Func<CancellationToken, Task> work) => Start<string>([name], async (target, cancel) =>
    {
        try
        {
            await work(cancel).ConfigureAwait(false);
        }
        catch (AccountException e)
        {
            await ErrorAsync(ErrorOf(e, target)).ConfigureAwait(false);
        }
    });

    private protected static ErrorRecord ErrorOf(AccountException thrown, object? target)
    {
        var (id, category) = thrown.Fault switch
        {
            AccountFault.InvalidName => ("InvalidAccountName", ErrorCategory.InvalidArgument),
            AccountFault.InvalidPassword => ("InvalidPassword", ErrorCategory.InvalidArgument),
            AccountFault.InvalidScheme => ("InvalidPasswordScheme", ErrorCategory.InvalidArgument),
            AccountFault.InvalidHash => ("InvalidPasswordHash", ErrorCategory.InvalidArgument),
            AccountFault.Exists => ("AccountExists", ErrorCategory.ResourceExists),
            AccountFault.NotFound => ("AccountNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.StoreNotFound => ("StoreNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.MailNotRemoved => ("MailNotRemoved", ErrorCategory.WriteError),
            AccountFault.InvalidAlias => ("InvalidAlias", ErrorCategory.InvalidArgument),
            AccountFault.AliasExists => ("AliasExists", ErrorCategory.ResourceExists),
            AccountFault.AliasNotFound => ("AliasNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.AliasTargetNotFound => ("AliasTargetNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.AliasTargetOutside => ("AliasTargetOutside", ErrorCategory.PermissionDenied),
            AccountFault.AliasLoop => ("AliasLoop", ErrorCategory.InvalidArgument),
            AccountFault.InvalidDomain => ("InvalidDomain", ErrorCategory.InvalidArgument),
            AccountFault.AddressFileUnavailable => ("AddressFileUnavailable", ErrorCategory.ResourceUnavailable),
            _ => ("PasswdFileUnavailable", ErrorCategory.ResourceUnavailable),
        };
        return new ErrorRecord(thrown, id, category, target);
    }
}
