using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Stops servers that run in this process, after the transactions that are under way.</summary>
/// <remarks>
/// <para>The ports are freed at once, idle sessions are told goodbye, and a message that is being received may finish. What takes longer than -TimeoutSeconds is cut off; the sender then was not told 250 and sends it again.</para>
/// </remarks>
/// <example>
/// <code>$server | Stop-MailServer</code>
/// <para>Stops the server that Start-MailServer returned.</para>
/// </example>
/// <example>
/// <code>Get-MailServer | Stop-MailServer -TimeoutSeconds 0</code>
/// <para>Stops every server of this process at once.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "MailServer", SupportsShouldProcess = true)]
[OutputType(typeof(MailServerInfo))]
public sealed class StopMailServerCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers, from Get-MailServer.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>How many seconds transactions may take to finish before they are cut off.</summary>
    [Parameter]
    [ValidateRange(0, 3600)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Writes the stopped server with its last figures.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (RunningServers.Find(id) is not { } running)
            {
                WriteError(RunningServers.NotFound(id));
                continue;
            }

            if (!ShouldProcess($"{running.HostName} ({running.StorePath})", "Stop the mail server"))
                continue;

            var stopped = Await(_ => RunningServers.StopAsync(id, TimeSpan.FromSeconds(TimeoutSeconds)));
            if (stopped is not { } result)
                continue;

            if (result.Cut > 0)
                WriteWarning($"{result.Cut} sessions had not finished after {TimeoutSeconds} s and were cut off.");
            if (PassThru)
                WriteObject(result.Last);
        }
    }
}
