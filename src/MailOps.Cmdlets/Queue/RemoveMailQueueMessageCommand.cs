using System.Management.Automation;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Removes messages that wait for other servers, for good.</summary>
/// <remarks>
/// <para>Nobody hears of it unless -WithNdr is given. A message that is being sent just now is not removed: the next server may have it already.</para>
/// <para>Where no server runs, -WithNdr has the message fail at once; its sender is told by the server that starts next.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueueMessage -Sender eve@example.com | Remove-MailQueueMessage -Confirm:$false</code>
/// <para>Throws away what an account that was broken into would still send.</para>
/// </example>
/// <example>
/// <code>Get-MailQueueMessage -NextHopDomain typo.example | Remove-MailQueueMessage -WithNdr</code>
/// <para>Gives mail for a domain that does not answer back to its senders at once, with a report.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "MailQueueMessage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveMailQueueMessageCommand : MailQueueMessageCommand
{
    /// <summary>Tells the sender that the message was not delivered (554 5.7.1), as a failure would be told.</summary>
    [Parameter]
    public SwitchParameter WithNdr { get; set; }

    private protected override string Action => WithNdr ? "Remove the message and tell its sender" : "Remove the message";

    private protected override async Task<string> DoAsync(IQueueAccess queue, string id, CancellationToken cancel) =>
        (await queue.ChangeAsync(new QueueOrder(WithNdr ? QueueAction.RemoveWithReport : QueueAction.Remove, id), cancel).ConfigureAwait(false)).ToString();
}
