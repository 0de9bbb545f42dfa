using System.Management.Automation;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Servers;

/// <summary>Takes faults off servers of this process: all of a server, or the ones that are named.</summary>
/// <example>
/// <code>$server | Clear-MailServerFault</code>
/// <para>Takes all faults off a server.</para>
/// </example>
/// <example>
/// <code>$fault = $server | Set-MailServerFault -Command RCPT -Reply '450 4.2.1 Busy'
/// $fault | Clear-MailServerFault</code>
/// <para>Takes one fault off again.</para>
/// </example>
[Cmdlet(VerbsCommon.Clear, "MailServerFault", SupportsShouldProcess = true)]
public sealed class ClearMailServerFaultCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers, from Get-MailServer.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] ServerId { get; set; } = [];

    /// <summary>The numbers of the faults; all by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public int[] FaultId { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in ServerId)
        {
            if (RunningServers.Server(id) is not { } server)
            {
                WriteError(RunningServers.NotFound(id));
                continue;
            }

            foreach (var fault in FaultId.Length > 0 ? FaultId : [.. server.GetFaults(id).Select(one => one.FaultId)])
            {
                if (ShouldProcess($"fault {fault} of {server.Options.HostName}", "Take the fault off") && !server.RemoveFault(fault))
                    WriteError(ErrorRecords.Finding("MailServerFaultNotFound", ErrorCategory.ObjectNotFound, $"The mail server {id} has no fault with the number {fault}. Get-MailServerFault lists those that it has.", fault));
            }
        }
    }
}
