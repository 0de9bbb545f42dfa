using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Sessions;

/// <summary>Lists the sessions of New-MailSession that are open in this process.</summary>
/// <example><code>Get-MailSession | Remove-MailSession</code><para>Closes all of them.</para></example>
/// <example><code>(Get-MailSession 1).Server</code><para>Tells where a session is.</para></example>
[Cmdlet(VerbsCommon.Get, "MailSession")]
[OutputType(typeof(MailSession))]
public sealed class GetMailSessionCommand : MailCmdlet
{
    /// <summary>Their numbers; all by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Id.Length == 0)
            WriteObject(OpenSessions.All, enumerateCollection: true);
        foreach (var id in Id)
        {
            if (OpenSessions.Find(id) is { } session)
                WriteObject(session);
            else
                WriteError(OpenSessions.NotFound(id));
        }
    }
}
