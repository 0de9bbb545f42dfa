using System.Net.Sockets;
using MailOps.Maildir;
using MailOps.Server.Queue.Control;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue.Administration;

/// <summary>
/// The queue of a store, whoever has it: the server that runs is asked over its control socket; where none does, the queue is taken, worked on
/// where it lies, and let go. A server that ends or starts meanwhile is noticed: what is asked next finds who has the queue then.
/// </summary>
/// <param name="storePath">The store's folder.</param>
/// <param name="testRoute">Who knows what would become of mail for an address while no server runs.</param>
public sealed class StoreQueue(string storePath, Func<RouteQuestion, CancellationToken, Task<IReadOnlyList<MailRouteStep>>>? testRoute = null) : IQueueAccess, IAsyncDisposable
{
    // A server that starts or stops has the queue and does not answer; for longer than this it is another's.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly string _queuePath = Path.Join(Path.GetFullPath(storePath), Spool.QueueName);
    private readonly RestingPlace _place = RestingPlace.Of(Path.GetFullPath(storePath));

    /// <summary>How long it is waited for a process that has the queue and does not answer.</summary>
    public TimeSpan MostWait { get; init; } = Patience;

    /// <summary>Who hears what was done to messages of a queue that no server has: a server tells of it by itself.</summary>
    public Func<IReadOnlyList<OutboundTried>, Task>? Tell { get; init; }

    /// <inheritdoc/>
    public Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel) =>
        AskAsync(queue => queue.GetQueuesAsync(filter, after, cancel), mayRepeat: true, cancel);

    /// <inheritdoc/>
    /// <remarks>Of many ids each page looks for some: its <see cref="QueuePage{T}.After"/> counts those that were looked for.</remarks>
    public async Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel)
    {
        if (filter.Ids.Count <= ControlText.MostIds)
            return await AskAsync(queue => queue.GetMessagesAsync(filter, after, cancel), mayRepeat: true, cancel);

        // One request names a thousand at the most.
        var ids = QueueCursor.Of(filter.Ids, QueueCursor.Parse(after));
        var some = filter with { Ids = [.. ids.Take(ControlText.MostIds).Select(id => id.ToString())] };
        var page = await AskAsync(queue => queue.GetMessagesAsync(some, after, cancel), mayRepeat: true, cancel);
        return page with { After = page.After ?? (ids.Count > some.Ids.Count ? some.Ids[^1] : null) };
    }

    /// <inheritdoc/>
    public Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel) =>
        AskAsync(
            async queue =>
            {
                var change = await queue.ChangeAsync(order, cancel);
                if (queue is RestingQueue resting && resting.TakeHappened() is { Count: > 0 } happened && Tell is not null)
                    await Tell(happened);
                return change;
            },
            mayRepeat: false,
            cancel);

    /// <inheritdoc/>
    public Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel) =>
        AskAsync(queue => queue.OpenMessageAsync(id, cancel), mayRepeat: true, cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel)
    {
        // Without a server nothing of the queue is needed but what it knows of one destination.
        if (Directory.Exists(_queuePath) && await ConnectAsync(cancel) is { } socket)
            return await new ControlClient(socket).TestRouteAsync(question, cancel);
        return testRoute is not null ? await testRoute(question, cancel) : throw RestingQueue.NoRoutes(_queuePath);
    }

    /// <summary>Lets the queue go, if it was taken, unless others of this process work on it.</summary>
    public ValueTask DisposeAsync() => _place.LetGoAsync();

    private async Task<T> AskAsync<T>(Func<IQueueAccess, Task<T>> work, bool mayRepeat, CancellationToken cancel)
    {
        if (!Directory.Exists(_queuePath))
            throw new QueueAccessException(QueueAccessFault.NoQueue, $"There is no queue in '{storePath}': no folder '{_queuePath}'. Name the folder of a store whose server was started with -Outbound.");
        for (var end = Environment.TickCount64 + (long)MostWait.TotalMilliseconds; ; await Task.Delay(Look, cancel))
        {
            try
            {
                if (await ConnectAsync(cancel) is { } socket)
                    return await work(new ControlClient(socket));
            }
            catch (QueueAccessException e) when (e.Fault is QueueAccessFault.Lost && mayRepeat && Environment.TickCount64 < end)
            {
                continue;
            }

            var (isTaken, result) = await _place.TryAsync(work, cancel);
            if (isTaken)
                return result!;
            if (Environment.TickCount64 >= end)
                throw new QueueAccessException(QueueAccessFault.Busy, $"Another process has the queue '{_queuePath}', and nobody answers on its socket '{ControlSocket.PathIn(_queuePath)}'. Wait until it has started or stopped; end it if it hangs.");
        }
    }

    private async Task<Socket?> ConnectAsync(CancellationToken cancel)
    {
        try
        {
            return await ControlSocket.TryConnectAsync(ControlSocket.PathIn(_queuePath), cancel);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new QueueAccessException(QueueAccessFault.NotPermitted, $"This user may not look into the queue '{_queuePath}', or ask the server that has it. Be the user that the server runs as.", e);
        }
    }
}
