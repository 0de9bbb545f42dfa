using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>The base of cmdlets that work on many inputs at once.</summary>
public abstract class ConcurrentMailCmdlet : MailCmdlet
{
    /// <summary>How many inputs are worked on at the same time. Results come in the order in which they are ready; 1 keeps the order of the input.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = 16;

    /// <inheritdoc/>
    protected override int Concurrency => ThrottleLimit;
}
