using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Lists the faults that are set on the servers of this process, and how often each was played.</summary>
/// <example>
/// <code>$server | Get-MailServerFault</code>
/// <para>Lists the faults of a server.</para>
/// </example>
/// <example>
/// <code>(Get-MailServerFault | Where-Object Kind -eq Greylist).Played | Should -Be 1</code>
/// <para>Checks that the software came up against the fault.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailServerFault")]
[OutputType(typeof(MailServerFaultInfo))]
public sealed class GetMailServerFaultCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers, from Get-MailServer; all that run by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] ServerId { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in ServerId.Length > 0 ? ServerId : RunningServers.Ids)
        {
            if (RunningServers.Server(id) is { } server)
                WriteObject(server.GetFaults(id), enumerateCollection: true);
            else
                WriteError(RunningServers.NotFound(id));
        }
    }
}
