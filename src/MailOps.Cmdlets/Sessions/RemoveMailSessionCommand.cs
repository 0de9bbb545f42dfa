using System.Management.Automation;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Sessions;

/// <summary>Closes sessions of New-MailSession: says goodbye to the server.</summary>
/// <example><code>$session | Remove-MailSession</code><para>Closes a session.</para></example>
/// <example><code>Get-MailSession | Where-Object Server -eq imap.example.com | Remove-MailSession</code><para>Closes all sessions with a server.</para></example>
[Cmdlet(VerbsCommon.Remove, "MailSession", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveMailSessionCommand : MailCmdlet
{
    /// <summary>The sessions' numbers, or the sessions themselves.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SessionsByNumber]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Start(Id, async (id, _) =>
    {
        if (OpenSessions.Find(id) is not { } session)
            await ErrorAsync(OpenSessions.NotFound(id)).ConfigureAwait(false);
        else if (await ShouldProcessAsync($"Session {id}, {session}", "Close").ConfigureAwait(false))
            await OpenSessions.RemoveAsync(id).ConfigureAwait(false);
    });
}
