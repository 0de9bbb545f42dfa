using System.Collections.Concurrent;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Tests.Queue.Control;

/// <summary>A queue that answers with as much as a test wants, and remembers what it was asked to do.</summary>
internal sealed class FakeQueue : IQueueAccess
{
    /// <summary>How many destinations each page has.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>What a change waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The octets of each message.</summary>
    public byte[] Content { get; init; } = [];

    public ConcurrentQueue<QueueOrder> Orders { get; } = [];

    public Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel) =>
        Task.FromResult(new QueuePage<MailQueueInfo>([.. Enumerable.Range(0, Queues).Select(i => MailQueueInfo.Of(new QueueState($"d{i}.example", i, 0, 0, new string('x', 100), null, false), DateTimeOffset.UnixEpoch))], null));

    public Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel)
    {
        QueueCursor.Parse(after);
        return Task.FromResult(new QueuePage<MailQueueMessage>([], null));
    }

    public async Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel)
    {
        Orders.Enqueue(order);
        await Gate;
        return QueueChange.Done;
    }

    public Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel) =>
        Task.FromResult<ExportedMessage?>(new ExportedMessage("{}", Content.Length, new MemoryStream(Content), () => ValueTask.CompletedTask));

    public Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel) => Task.FromResult<IReadOnlyList<MailRouteStep>>([]);
}
