using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Queue;

/// <summary>A change to messages in the queues of servers that run in this process.</summary>
public abstract class MailQueueMessageCommand : MailCmdlet
{
    /// <summary>The ids of the messages, from Get-MailQueueMessage, or as their senders were told.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>The number of their server. Without it, every server of this process is looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int? ServerId { get; set; }

    /// <summary>What is done, as it is asked for with -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ServerId is { } asked && RunningServers.Server(asked) is null)
        {
            WriteError(RunningServers.NotFound(asked));
            return;
        }

        foreach (var id in Id)
        {
            if (!ShouldProcess($"Message {id}", Action))
                continue;

            // An id is one server's alone.
            var change = "NotFound";
            foreach (var server in (ServerId is { } one ? [one] : RunningServers.Ids).Select(RunningServers.Server).OfType<MailServer>())
            {
                change = Await(_ => ChangeAsync(server, id));
                if (change is not "NotFound")
                    break;
            }

            Tell(change, id);
        }
    }

    /// <summary>Makes the change.</summary>
    /// <returns>The name of a <see cref="MailOps.Server.Queue.QueueChange"/>.</returns>
    private protected abstract Task<string> ChangeAsync(MailServer server, string id);

    /// <summary>The error for a message that is not there.</summary>
    internal static ErrorRecord NotFound(string id) =>
        ErrorRecords.Finding("MailQueueMessageNotFound", ErrorCategory.ObjectNotFound, $"There is no message '{id}' in a queue of a server that runs in this process; it was sent, or came back. Get-MailQueueMessage lists those that wait.", id);

    private void Tell(string change, string id)
    {
        if (change is "NotFound")
            WriteError(NotFound(id));
        else if (change is "UnderWay")
            WriteError(ErrorRecords.Finding("MailQueueMessageUnderWay", ErrorCategory.ResourceBusy, $"The message {id} is being sent just now, and the next server may have it already. Suspend it, and remove it when it has come back.", id));
        else if (change is "Unchanged")
            WriteVerbose($"The message {id} was so already.");
    }
}
