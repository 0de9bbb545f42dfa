using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Ends live sessions of servers that run in this process: says goodbye in the protocol, then closes.</summary>
/// <remarks>
/// <para>The client hears 421 in SMTP, -ERR [SYS/TEMP] in POP3 and BYE in IMAP. A message that it is sending may finish first; what takes longer than -TimeoutSeconds is told goodbye in the middle of it, and cut off. A POP3 session that is ended deletes nothing.</para>
/// </remarks>
/// <example>
/// <code>Get-MailServerSession -Account ann@example.com | Stop-MailServerSession</code>
/// <para>Ends all sessions of an account.</para>
/// </example>
/// <example>
/// <code>Get-MailServerSession | Where-Object Since -lt (Get-Date).AddHours(-1) | Stop-MailServerSession -WhatIf</code>
/// <para>Shows which sessions are older than an hour and would be ended.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "MailServerSession", SupportsShouldProcess = true)]
[OutputType(typeof(MailServerSession))]
public sealed class StopMailServerSessionCommand : MailCmdlet
{
    /// <summary>The ids of the sessions, from Get-MailServerSession or from an event.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Session")]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Their server, or its number. Without it, every server of this process is looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int? ServerId { get; set; }

    /// <summary>How many seconds a session may take for what it is doing before it is cut off.</summary>
    [Parameter]
    [ValidateRange(0, 3600)]
    public int TimeoutSeconds { get; set; } = 5;

    /// <summary>Writes the sessions as they were just before they were ended.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ServerId is { } asked && RunningServers.Server(asked) is null)
        {
            WriteError(RunningServers.NotFound(asked));
            return;
        }

        foreach (var id in Id)
            Stop(id);
    }

    private void Stop(string id)
    {
        var found = (from server in ServerId is { } one ? [one] : RunningServers.Ids
                     from session in RunningServers.Server(server)?.Sessions ?? []
                     where session.Id.Equals(id, StringComparison.OrdinalIgnoreCase)
                     select MailServerSession.Of(server, session)).ToArray();
        switch (found)
        {
            case []:
                WriteError(ErrorRecords.Finding("MailServerSessionNotFound", ErrorCategory.ObjectNotFound, $"There is no session '{id}'{(ServerId is null ? "" : $" in the mail server {ServerId}")}; it may have ended. Get-MailServerSession lists those that are open.", id));
                break;
            case [var session]:
                Stop(session);
                break;
            default:
                WriteError(ErrorRecords.Finding("MailServerSessionAmbiguous", ErrorCategory.InvalidArgument, $"The mail servers {string.Join(" and ", found.Select(one => one.ServerId))} have a session '{id}' each. Say which with -ServerId.", id));
                break;
        }
    }

    private void Stop(MailServerSession session)
    {
        var who = session.Account is null ? session.Remote : $"{session.Account}, {session.Remote}";
        if (!ShouldProcess($"{session.Protocol} session {session.Id} ({who})", "End the session"))
            return;

        var ended = Await(async _ => RunningServers.Server(session.ServerId) is { } server
            ? await server.StopSessionAsync(session.Id, TimeSpan.FromSeconds(TimeoutSeconds)).ConfigureAwait(false)
            : null);
        if (ended is false)
            WriteWarning($"The session {session.Id} had not ended after {TimeoutSeconds} s and was cut off.");
        if (PassThru)
            WriteObject(session);
    }
}
