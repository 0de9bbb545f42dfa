using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Lists the queues of mail for other servers, one for each destination: of the servers that run in this process, or of a store, whoever has its queue.</summary>
/// <remarks>
/// <para>A destination is a domain, or the target of -SmartHost or -Route. One that cannot be reached is in Retry as a whole: its last error is that of all its messages. Velocity is how many messages left in the last minute less those that came: below zero a queue grows.</para>
/// <para>With -StorePath the server that has the queue is asked, in whichever process of this machine it runs. While none runs, the files are looked at; mail then waits for its domains, since routes are the server's.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueue</code>
/// <para>Lists what waits for whom, and why.</para>
/// </example>
/// <example>
/// <code>Get-MailQueue -StorePath /srv/mail | Where-Object Velocity -LT 0</code>
/// <para>Lists the queues that grow, of the server that runs on a store, in whichever process.</para>
/// </example>
/// <example>
/// <code>Get-MailQueue | Where-Object Status -EQ Retry | Sort-Object MessageCount -Descending | Select-Object -First 10 NextHopDomain, MessageCount, LastError</code>
/// <para>Shows the ten destinations that keep the most mail waiting.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailQueue")]
[OutputType(typeof(MailQueueInfo))]
public sealed class GetMailQueueCommand : MailQueueCommand
{
    /// <summary>The numbers of the servers, from Get-MailServer; all that run by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] ServerId { get; set; } = [];

    /// <summary>Only the queues of these names, as in the property Identity: 1\example.net, or \example.net on any server. Wildcards are taken.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailQueueIdentityCompleter))]
    public string[] Identity { get; set; } = [];

    /// <summary>Only these destinations, such as example.net or *.example. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailQueueDomainCompleter))]
    public string[] NextHopDomain { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var source in Sources(ServerId))
        {
            Run(async cancel =>
            {
                await foreach (var queue in MailQueueLists.QueuesAsync(source, new QueueFilter { NextHops = NextHopDomain }, cancel).ConfigureAwait(false))
                {
                    List<string> names = [.. Identity.Where(identity => IsOf(queue, identity))];
                    found.UnionWith(names);
                    if (Identity.Length == 0 || names.Count > 0)
                        await OutputAsync(queue).ConfigureAwait(false);
                }
            });
        }

        foreach (var identity in Identity.Where(identity => !found.Contains(identity) && !identity.Contains('*', StringComparison.Ordinal) && !identity.Contains('?', StringComparison.Ordinal)))
            WriteError(ErrorRecords.Finding("MailQueueNotFound", ErrorCategory.ObjectNotFound, $"There is no queue '{identity}': nothing waits for it. Get-MailQueue lists those that there are.", identity));
    }

    private static bool IsOf(MailQueueInfo queue, string identity) =>
        identity.StartsWith('\\') || !identity.Contains('\\', StringComparison.Ordinal)
            ? NextHopPattern.Fits([identity.TrimStart('\\')], queue.NextHopDomain)
            : NextHopPattern.Fits([identity], queue.Identity);
}
