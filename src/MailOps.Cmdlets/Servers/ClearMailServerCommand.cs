using System.Management.Automation;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Servers;

/// <summary>Removes all messages of a server that runs in this process; accounts and folders stay.</summary>
/// <remarks>
/// <para>For tests: each begins with empty mailboxes, while the server and its sessions go on. Sessions that have a mailbox open are told of it as the protocol has it. Wait-MailMessage no longer sees what was there.</para>
/// <para>Of a server that was not started with -Capture it removes people's mail, and so asks for -Force.</para>
/// </remarks>
/// <example>
/// <code>$server | Clear-MailServer</code>
/// <para>Empties all mailboxes of a capturing server.</para>
/// </example>
/// <example>
/// <code>$server | Clear-MailServer -Account ann@example.com, '*@example.net'</code>
/// <para>Empties the mailboxes of one account and of those of a domain.</para>
/// </example>
[Cmdlet(VerbsCommon.Clear, "MailServer", SupportsShouldProcess = true)]
public sealed class ClearMailServerCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers, from Get-MailServer.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>Only these accounts. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Account { get; set; } = [];

    /// <summary>Allows it for a server that does not capture, whose mail somebody may miss.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (RunningServers.Server(id) is not { } server)
            {
                WriteError(RunningServers.NotFound(id));
                continue;
            }

            if (!Force && !server.Options.Capture)
            {
                WriteError(ErrorRecords.Finding("MailServerNotCapturing", ErrorCategory.PermissionDenied, $"The mail server {id} does not capture: its store '{server.Options.StorePath}' has the mail of people. Add -Force if all of it is to be removed.", id));
                continue;
            }

            if (!ShouldProcess($"{server.Options.HostName} ({server.Options.StorePath})", Account.Length == 0 ? "Remove all messages" : $"Remove all messages of {string.Join(", ", Account)}"))
                continue;

            var removed = Await(cancel => server.ClearAsync(IsAsked, cancel));
            WriteVerbose($"{removed} messages were removed.");
        }
    }

    private bool IsAsked(string account) =>
        Account.Length == 0 || Array.Exists(Account, pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(account));
}
