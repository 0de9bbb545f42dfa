using System.Management.Automation;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Holds messages that wait for other servers: they are not tried until Resume-MailQueueMessage lets them go on.</summary>
/// <remarks>
/// <para>It lasts through a restart of the server. A message that is being sent is held if the next server does not take it. It expires all the same only when it is tried again.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueueMessage -Sender eve@example.com | Suspend-MailQueueMessage</code>
/// <para>Holds all mail of an account that was broken into, until it was looked at.</para>
/// </example>
/// <example>
/// <code>Suspend-MailQueueMessage 01KBGTV3Z8QWE -WhatIf</code>
/// <para>Shows what would be held.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Suspend, "MailQueueMessage", SupportsShouldProcess = true)]
public sealed class SuspendMailQueueMessageCommand : MailQueueMessageCommand
{
    private protected override string Action => "Hold the message";

    private protected override async Task<string> DoAsync(IQueueAccess queue, string id, CancellationToken cancel) =>
        (await queue.ChangeAsync(new QueueOrder(QueueAction.Suspend, id), cancel).ConfigureAwait(false)).ToString();
}
