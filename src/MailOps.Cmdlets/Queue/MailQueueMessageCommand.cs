using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Maildir;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Something done with messages in queues, one by one.</summary>
public abstract class MailQueueMessageCommand : MailQueueCommand
{
    /// <summary>The ids of the messages, from Get-MailQueueMessage, or as their senders were told.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Identity")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailQueueMessageIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>The number of their server. Without it, every server of this process is looked at, or that of -StorePath.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int? ServerId { get; set; }

    /// <summary>What is done, as it is asked for with -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var sources = Sources(ServerId is { } number ? [number] : []);
        if (sources.Count == 0 && (ServerId is not null || StorePath is not null))
            return;
        foreach (var id in Id)
        {
            if (ShouldProcess($"Message {id}", Action) && Await(cancel => FirstAsync(sources, id, cancel)) is { } problem)
                Tell(problem, id);
        }
    }

    /// <summary>Does it.</summary>
    /// <returns>The name of a <see cref="MailOps.Server.Queue.QueueChange"/>.</returns>
    private protected abstract Task<string> DoAsync(IQueueAccess queue, string id, CancellationToken cancel);

    /// <summary>The error for a message that is not there.</summary>
    internal static ErrorRecord NotFound(string id) =>
        ErrorRecords.Finding("MailQueueMessageNotFound", ErrorCategory.ObjectNotFound, $"There is no message '{id}' in the queue; it was sent, or came back. Get-MailQueueMessage lists those that wait. A queue of another process, or of a server that is stopped, is named with -StorePath.", id);

    /// <returns>What came of it if that is worth a word, or an error of the queue that was told already.</returns>
    private async Task<string?> FirstAsync(IReadOnlyList<MailQueueSource> sources, string id, CancellationToken cancel)
    {
        // An id is one server's alone.
        foreach (var source in sources)
        {
            try
            {
                if (await DoAsync(source.Queue, id, cancel).ConfigureAwait(false) is not "NotFound" and var change)
                    return change;
            }
            catch (QueueAccessException e) when (e.Fault is QueueAccessFault.Lost)
            {
                await ErrorAsync("MailQueueServerLost", ErrorCategory.ConnectionError, $"{e.Message} Whether it was done with message {id} is not known: look with Get-MailQueueMessage.", id).ConfigureAwait(false);
                return null;
            }
            catch (Exception e) when (e is QueueAccessException or MailStoreException)
            {
                await ErrorAsync(e, id).ConfigureAwait(false);
                return null;
            }
        }

        return "NotFound";
    }

    private void Tell(string change, string id)
    {
        if (change is "NotFound")
            WriteError(NotFound(id));
        else if (change is "UnderWay")
            WriteError(ErrorRecords.Finding("MailQueueMessageUnderWay", ErrorCategory.ResourceBusy, $"The message {id} is being sent just now, and the next server may have it already. Suspend it, and try again when it has come back.", id));
        else if (change is "Unchanged")
            WriteVerbose($"The message {id} was so already.");
    }
}
