using System.Management.Automation;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Lets messages go on that Suspend-MailQueueMessage holds.</summary>
/// <example>
/// <code>Get-MailQueueMessage | Where-Object Status -EQ Suspended | Resume-MailQueueMessage</code>
/// <para>Lets all go on.</para>
/// </example>
/// <example>
/// <code>Resume-MailQueueMessage 01KBGTV3Z8QWE</code>
/// <para>Lets one go on: it is tried when it is due, at once if that is over.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "MailQueueMessage", SupportsShouldProcess = true)]
public sealed class ResumeMailQueueMessageCommand : MailQueueMessageCommand
{
    private protected override string Action => "Let the message go on";

    private protected override async Task<string> DoAsync(IQueueAccess queue, string id, CancellationToken cancel) =>
        (await queue.ChangeAsync(new QueueOrder(QueueAction.Resume, id), cancel).ConfigureAwait(false)).ToString();
}
