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

    private protected static ErrorRecord ErrorOf(AccountException thrown, object? target) => AccountErrors.Of(thrown, target);
}
