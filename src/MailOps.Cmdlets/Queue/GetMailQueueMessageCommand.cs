using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Queue;

/// <summary>Lists the messages that wait for other servers, of the servers that run in this process.</summary>
/// <example>
/// <code>Get-MailQueueMessage</code>
/// <para>Lists all messages, those that came first first.</para>
/// </example>
/// <example>
/// <code>Get-MailQueueMessage -Sender 'ann@*' | Where-Object DateReceived -lt (Get-Date).AddDays(-1) | Select-Object Id, Recipient, LastError</code>
/// <para>Shows what of ann's mail has waited for more than a day, and why.</para>
/// </example>
/// <example>
/// <code>Get-MailQueue | Where-Object Status -EQ Retry | Get-MailQueueMessage</code>
/// <para>Lists the messages of all destinations that cannot be reached.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailQueueMessage")]
[OutputType(typeof(MailQueueMessage))]
public sealed class GetMailQueueMessageCommand : MailCmdlet
{
    /// <summary>The ids of messages, as their senders were told; all by default.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>The number of the server. Without it, every server of this process is looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int? ServerId { get; set; }

    /// <summary>Only messages for these destinations, such as example.net or *.example. Wildcards are taken.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] NextHopDomain { get; set; } = [];

    /// <summary>Only messages of these senders. Wildcards are taken; '' is the sender of reports.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNull]
    public string[] Sender { get; set; } = [];

    /// <summary>Only messages that wait for these recipients. Wildcards are taken.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Recipient { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ServerId is { } asked && RunningServers.Server(asked) is null)
        {
            WriteError(RunningServers.NotFound(asked));
            return;
        }

        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var number in ServerId is { } one ? [one] : RunningServers.Ids)
        {
            if (RunningServers.Server(number) is { } server)
                Run(_ => ListAsync(server, number, found));
        }

        foreach (var id in Id.Where(id => !found.Contains(id)))
            WriteError(MailQueueMessageCommand.NotFound(id));
    }

    private async Task ListAsync(MailServer server, int number, HashSet<string> found)
    {
        await foreach (var message in server.GetQueueMessagesAsync(number, IsAsked).ConfigureAwait(false))
        {
            found.Add(message.Id);
            if (Fits(Sender, message.FromAddress) && (Recipient.Length == 0 || message.Recipient.Any(recipient => Fits(Recipient, recipient))))
                await OutputAsync(message).ConfigureAwait(false);
            Cancellation.ThrowIfCancellationRequested();
        }
    }

    private bool IsAsked(string id, IReadOnlyList<string> targets) =>
        (Id.Length == 0 || Id.Contains(id, StringComparer.OrdinalIgnoreCase)) && targets.Any(target => NextHopPattern.Fits(NextHopDomain, target));

    private static bool Fits(string[] patterns, string value) =>
        patterns.Length == 0 || Array.Exists(patterns, pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(value));
}
