using System.Management.Automation;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Lists the messages that wait for other servers: of the servers that run in this process, or of a store, whoever has its queue.</summary>
/// <remarks>
/// <para>Messages come as they are read, those that came first first, and take no memory however many there are. With -StorePath the server that has the queue is asked, in whichever process of this machine it runs; while none runs, the files are looked at.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueueMessage</code>
/// <para>Lists all messages of the servers of this process.</para>
/// </example>
/// <example>
/// <code>Get-MailQueueMessage -Sender 'ann@*' | Where-Object DateReceived -lt (Get-Date).AddDays(-1) | Select-Object Id, Recipient, LastError</code>
/// <para>Shows what of ann's mail has waited for more than a day, and why.</para>
/// </example>
/// <example>
/// <code>Get-MailQueue -StorePath /srv/mail | Where-Object Status -EQ Retry | Get-MailQueueMessage</code>
/// <para>Lists the messages of all destinations that cannot be reached, of the server that runs on a store.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailQueueMessage")]
[OutputType(typeof(MailQueueMessage))]
public sealed class GetMailQueueMessageCommand : MailQueueCommand
{
    /// <summary>The ids of messages, as their senders were told; all by default.</summary>
    [Parameter(Position = 0)]
    [Alias("Identity")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailQueueMessageIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>The number of the server. Without it, every server of this process is looked at, or that of -StorePath.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int? ServerId { get; set; }

    /// <summary>Only messages for these destinations, such as example.net or *.example. Wildcards are taken.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailQueueDomainCompleter))]
    public string[] NextHopDomain { get; set; } = [];

    /// <summary>Only messages of these senders. Wildcards are taken; '' is the sender of reports.</summary>
    [Parameter]
    [Alias("FromAddress")]
    [SupportsWildcards]
    [ValidateNotNull]
    public string[] Sender { get; set; } = [];

    /// <summary>Only messages that wait for these recipients. Wildcards are taken, such as *@example.net for all of a domain.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Recipient { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var filter = new QueueFilter { Ids = Id, NextHops = NextHopDomain, Senders = Sender, Recipients = Recipient };
        var sources = Sources(ServerId is { } number ? [number] : []);
        foreach (var source in sources)
        {
            Run(async cancel =>
            {
                await foreach (var message in MailQueueLists.MessagesAsync(source, filter, cancel).ConfigureAwait(false))
                {
                    if (Id.Length > 0)
                        found.Add(message.Id);
                    await OutputAsync(message).ConfigureAwait(false);
                }
            });
        }

        if (ServerId is null || sources.Count > 0)
        {
            foreach (var id in Id.Where(id => !found.Contains(id)))
                WriteError(MailQueueMessageCommand.NotFound(id));
        }
    }
}
