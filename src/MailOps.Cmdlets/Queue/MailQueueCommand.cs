using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Tracking;

namespace MailOps.Cmdlets.Queue;

/// <summary>What the cmdlets of queues share: whose queue is meant.</summary>
public abstract class MailQueueCommand : MailCmdlet
{
    private readonly Dictionary<string, StoreQueue> _stores = new(StringComparer.Ordinal);

    /// <summary>The store whose queue is meant: the folder that Start-MailServer was given. A server that runs on it is asked, in this process or in another; while none does, the cmdlet works on the files itself. Without it and without a number, the servers of this process are meant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Store")]
    public string? StorePath { get; set; }

    /// <summary>The queues that are meant. What is wrong is written as an error.</summary>
    /// <param name="numbers">Numbers of servers; none for all, or for the store.</param>
    private protected IReadOnlyList<MailQueueSource> Sources(params IReadOnlyList<int> numbers)
    {
        if (numbers.Count > 0 && (StorePath is null || numbers.Any(number => RunningServers.Server(number) is not null)))
            return [.. numbers.Select(Numbered).OfType<MailQueueSource>()];
        if (StorePath is null)
            return [.. RunningServers.Ids.Select(Numbered).OfType<MailQueueSource>()];
        if (string.IsNullOrWhiteSpace(StorePath))
        {
            WriteError(ErrorRecords.Finding("InvalidStorePath", ErrorCategory.InvalidArgument, "-StorePath is empty. Name the folder of a store.", StorePath));
            return [];
        }

        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(GetUnresolvedProviderPathFromPSPath(StorePath)));
        if (RunningServers.All.FirstOrDefault(server => server.StorePath == path && RunningServers.Server(server.Id)?.Queue is not null) is { } here)
            return [new MailQueueSource(RunningServers.Server(here.Id)!.Queue!, here.Id, path)];
        if (!_stores.TryGetValue(path, out var store))
            _stores.Add(path, store = OpenStore(path));
        return [new MailQueueSource(store, null, path)];
    }

    /// <summary>Opens the queue of a store that no server of this process has.</summary>
    private protected virtual StoreQueue OpenStore(string path) => new(path)
    {
        Tell = async happened =>
        {
            if (await MailTrackingWriter.WriteAsync(path, happened).ConfigureAwait(false) is { } problem)
                await WarningAsync(problem).ConfigureAwait(false);
        },
    };

    /// <summary>What stands for a server of this process that has no queue: nothing, unless a cmdlet knows better.</summary>
    private protected virtual MailQueueSource? WithoutQueue(int number) => null;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        Run(async _ =>
        {
            foreach (var store in _stores.Values)
                await store.DisposeAsync().ConfigureAwait(false);
        });
    }

    private MailQueueSource? Numbered(int number)
    {
        if (RunningServers.Server(number) is not { } server)
        {
            WriteError(RunningServers.NotFound(number));
            return null;
        }

        return server.Queue is { } queue ? new MailQueueSource(queue, number, null) : WithoutQueue(number);
    }
}
