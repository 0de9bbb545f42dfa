using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Permissions;

/// <summary>What the cmdlets of permissions share: the store, and whose folders are meant.</summary>
public abstract class MailFolderPermissionCommand : MailCmdlet
{
    /// <summary>The store's folder: the one that Start-MailServer was given. A server that runs on it obeys each change with the next command.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string StorePath { get; set; } = "";

    /// <summary>The account that the folder lies in. Without it public folders are meant: Public, which says who makes folders, and those below it. Binds the Name of Get-MailAccount's objects.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string Account { get; set; } = "";

    /// <summary>The store as an absolute path; relative ones start at PowerShell's location.</summary>
    private protected string FullStorePath => GetUnresolvedProviderPathFromPSPath(StorePath);

    /// <summary>Starts work on one folder, or what is named in its place.</summary>
    private protected void StartOne(string name, string store, Func<FolderPermissionRegister, CancellationToken, Task> work) => Start<string>([name], async (target, cancel) =>
    {
        try
        {
            var register = new FolderPermissionRegister(store);
            await using (register.ConfigureAwait(false))
                await work(register, cancel).ConfigureAwait(false);
        }
        catch (AccountException e)
        {
            await ErrorAsync(AccountErrors.Of(e, target)).ConfigureAwait(false);
        }
    });
}
