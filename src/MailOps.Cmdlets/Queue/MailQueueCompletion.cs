using System.Collections;
using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Maildir;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>What queues have to offer while a command line is typed: one page, within a second.</summary>
internal static class MailQueueCompletion
{
    private const int Most = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Completes something of destinations.</summary>
    public static IEnumerable<CompletionResult> Queues(string word, IDictionary bound, Func<MailQueueInfo, string> text) => Complete(word, bound, async (source, cancel) =>
    {
        var page = await source.Queue.GetQueuesAsync(QueueFilter.All, null, cancel).ConfigureAwait(false);
        return page.Items.Select(queue => queue.From(source.ServerId, source.StorePath)).Select(queue => (text(queue), $"{queue.MessageCount} messages, {queue.Status}"));
    });

    /// <summary>Completes ids of messages.</summary>
    public static IEnumerable<CompletionResult> Messages(string word, IDictionary bound) => Complete(word, bound, async (source, cancel) =>
    {
        var page = await source.Queue.GetMessagesAsync(QueueFilter.All, null, cancel).ConfigureAwait(false);
        return page.Items.Select(message => (message.Id, $"{message.FromAddress} to {string.Join(", ", message.Recipient.Take(3))}: {message.Subject}"));
    });

    private static List<CompletionResult> Complete(string word, IDictionary bound, Func<MailQueueSource, CancellationToken, Task<IEnumerable<(string Text, string Tip)>>> list)
    {
        var found = new List<CompletionResult>();
        var pattern = new WildcardPattern(WildcardPattern.Escape(word.Trim('\'', '"')) + "*", WildcardOptions.IgnoreCase);
        using var pump = new PipelinePump();
        try
        {
            foreach (var source in Sources(bound))
            {
                pump.PumpToEndOf(async cancel =>
                {
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                    limit.CancelAfter(Patience);
                    foreach (var (text, tip) in (await list(source, limit.Token).ConfigureAwait(false)).Where(one => pattern.IsMatch(one.Text)).Take(Most))
                        found.Add(new CompletionResult(MailAccountNameCompleter.Quoted(text), text, CompletionResultType.ParameterValue, Shown(tip)));
                });
            }
        }
        catch (Exception e) when (e is QueueAccessException or MailStoreException or OperationCanceledException)
        {
            // Completion has no place for errors; running the command will show it.
        }

        return found;
    }

    private static IEnumerable<MailQueueSource> Sources(IDictionary bound)
    {
        if ((bound["StorePath"] ?? bound["Store"]) is { } store)
            return MailAccountNameCompleter.StoreAt(store.ToString()!) is { } path ? [new MailQueueSource(new StoreQueue(path) { MostWait = TimeSpan.Zero }, null, path)] : [];
        var numbers = bound["ServerId"] is int number ? [number] : RunningServers.Ids;
        return numbers.Select(id => RunningServers.Server(id)?.Queue is { } queue ? new MailQueueSource(queue, id, null) : null).OfType<MailQueueSource>();
    }

    // What strangers wrote into a subject is no place for control characters.
    private static string Shown(string tip) => tip.Length == 0 ? " " : string.Concat(tip.Select(c => char.IsControl(c) ? '?' : c));
}
