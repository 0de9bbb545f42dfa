using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Queue;

/// <summary>Lists the queues of mail for other servers, one for each destination, of the servers that run in this process.</summary>
/// <remarks>
/// <para>A destination is a domain, or the target of -SmartHost or -Route. One that cannot be reached is in Retry as a whole: its last error is that of all its messages.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueue</code>
/// <para>Lists what waits for whom, and why.</para>
/// </example>
/// <example>
/// <code>Get-MailQueue | Where-Object Status -EQ Retry | Sort-Object MessageCount -Descending | Select-Object -First 10 NextHopDomain, MessageCount, LastError</code>
/// <para>Shows the ten destinations that keep the most mail waiting.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailQueue")]
[OutputType(typeof(MailQueueInfo))]
public sealed class GetMailQueueCommand : MailCmdlet
{
    /// <summary>The numbers of the servers, from Get-MailServer; all that run by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] ServerId { get; set; } = [];

    /// <summary>Only these destinations, such as example.net or *.example. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] NextHopDomain { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in ServerId.Length > 0 ? ServerId : RunningServers.Ids)
        {
            if (RunningServers.Server(id) is not { } server)
                WriteError(RunningServers.NotFound(id));
            else
                WriteObject(server.GetQueues(id).Where(queue => NextHopPattern.Fits(NextHopDomain, queue.NextHopDomain)), enumerateCollection: true);
        }
    }
}
