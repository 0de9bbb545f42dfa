using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Trust.Dkim;

namespace MailOps.Cmdlets.Dkim;

/// <summary>What the cmdlets of DKIM keys share: the store, and the ids of errors.</summary>
public abstract class DkimKeyCommand : MailCmdlet
{
    /// <summary>The store's folder: the one that Start-MailServer was given. Its folder dkim holds the keys.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string StorePath { get; set; } = "";

    /// <summary>The store as an absolute path; relative ones start at PowerShell's location.</summary>
    private protected string FullStorePath => GetUnresolvedProviderPathFromPSPath(StorePath);

    /// <summary>Starts work on one thing. What goes wrong with it is its own error, and the next goes on.</summary>
    private protected void StartOne(string target, Func<CancellationToken, Task> work) => Start<string>([target], async (one, cancel) =>
    {
        try
        {
            await work(cancel).ConfigureAwait(false);
        }
        catch (DkimKeyException e)
        {
            await ErrorAsync(ErrorOf(e, one)).ConfigureAwait(false);
        }
    });

    private protected static ErrorRecord ErrorOf(DkimKeyException thrown, object? target)
    {
        var (id, category) = thrown.Fault switch
        {
            DkimKeyFault.InvalidName => ("InvalidDkimName", ErrorCategory.InvalidArgument),
            DkimKeyFault.InvalidSize => ("InvalidDkimKeySize", ErrorCategory.InvalidArgument),
            DkimKeyFault.Exists => ("DkimKeyExists", ErrorCategory.ResourceExists),
            DkimKeyFault.NotFound => ("DkimKeyNotFound", ErrorCategory.ObjectNotFound),
            DkimKeyFault.StoreNotFound => ("StoreNotFound", ErrorCategory.ObjectNotFound),
            DkimKeyFault.OpenToOthers => ("DkimKeyOpenToOthers", ErrorCategory.SecurityError),
            DkimKeyFault.Unusable => ("DkimKeyUnusable", ErrorCategory.InvalidData),
            _ => ("DkimKeyUnavailable", ErrorCategory.ResourceUnavailable),
        };
        return new ErrorRecord(thrown, id, category, target);
    }
}
