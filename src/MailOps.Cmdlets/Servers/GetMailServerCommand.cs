using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Lists the servers that run in this process, with their figures as they are now.</summary>
/// <example>
/// <code>Get-MailServer</code>
/// <para>Lists every server of this process.</para>
/// </example>
/// <example>
/// <code>(Get-MailServer -Id 1).MessagesAccepted</code>
/// <para>Tells how many messages a server has taken so far.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailServer")]
[OutputType(typeof(MailServerInfo))]
public sealed class GetMailServerCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers; all that run by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Id.Length == 0)
        {
            WriteObject(RunningServers.All, enumerateCollection: true);
            return;
        }

        foreach (var id in Id)
        {
            if (RunningServers.Find(id) is { } running)
                WriteObject(running);
            else
                WriteError(RunningServers.NotFound(id));
        }
    }
}
