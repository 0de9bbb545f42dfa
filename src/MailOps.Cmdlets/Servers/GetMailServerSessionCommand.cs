using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Lists the live sessions of the servers that run in this process.</summary>
/// <example>
/// <code>Get-MailServerSession</code>
/// <para>Lists the sessions of all servers.</para>
/// </example>
/// <example>
/// <code>Get-MailServer 1 | Get-MailServerSession -Protocol imap -Account '*@example.com' | Sort-Object OctetsOut -Descending</code>
/// <para>Shows which IMAP sessions of a domain were sent the most.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailServerSession")]
[OutputType(typeof(MailServerSession))]
public sealed class GetMailServerSessionCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers, from Get-MailServer; all that run by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] ServerId { get; set; } = [];

    /// <summary>Only sessions of these protocols: smtp, submission, pop3, imap. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Protocol { get; set; } = [];

    /// <summary>Only sessions of these accounts. Wildcards are taken; a session without a login has no account.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Account { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in ServerId.Length > 0 ? ServerId : RunningServers.Ids)
        {
            if (RunningServers.Server(id) is not { } server)
            {
                WriteError(RunningServers.NotFound(id));
                continue;
            }

            foreach (var session in server.Sessions)
            {
                if (Fits(Protocol, session.Protocol) && Fits(Account, session.Account))
                    WriteObject(MailServerSession.Of(id, session));
            }
        }
    }

    private static bool Fits(string[] patterns, string? value) =>
        patterns.Length == 0 || (value is not null && Array.Exists(patterns, pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(value)));
}
