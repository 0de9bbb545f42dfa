using System.Net.Sockets;
using System.Text.Json;
using MailOps.Maildir;
using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Queue.Control;

/// <summary>A queue that another process has, asked once over its control socket.</summary>
/// <param name="socket">The connection, closed when the answer was read.</param>
internal sealed class ControlClient(Socket socket) : IQueueAccess
{
    // A disk may take its time, and so may a name server.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel) =>
        ListAsync(Request("queues") with { Filter = filter, After = after }, reply => reply.Queue, cancel);

    /// <inheritdoc/>
    public Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel) =>
        ListAsync(Request("messages") with { Filter = filter, After = after }, reply => reply.Message, cancel);

    /// <inheritdoc/>
    public async Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel)
    {
        await using var connection = Connection(cancel);
        return await GuardAsync(async () =>
        {
            await SendAsync(connection, Request("change") with { Order = order });
            return (await ReadAsync(connection)).Done?.Change ?? throw NotUnderstood();
        });
    }

    /// <inheritdoc/>
    public async Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel)
    {
        var connection = Connection(cancel);
        try
        {
            var reply = await GuardAsync(async () =>
            {
                await SendAsync(connection, Request("content") with { Id = id });
                return await ReadAsync(connection);
            });
            if (reply.Content is { } content)
                return new ExportedMessage(content.Envelope, content.Size, new OctetStream(connection, content.Size), connection.DisposeAsync);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel) =>
        (await ListAsync(Request("route") with { Recipient = question.Recipient, Sender = question.Sender }, reply => reply.Step, cancel)).Items;

    private async Task<QueuePage<T>> ListAsync<T>(ControlRequest request, Func<ControlReply, T?> item, CancellationToken cancel)
        where T : class
    {
        await using var connection = Connection(cancel);
        return await GuardAsync(async () =>
        {
            await SendAsync(connection, request);
            var items = new List<T>();
            while (true)
            {
                var reply = await ReadAsync(connection);
                if (item(reply) is { } one)
                    items.Add(one);
                else if (reply.Done is { } done)
                    return new QueuePage<T>(items, done.After);
                else
                    throw NotUnderstood();
            }
        });
    }

    private ControlConnection Connection(CancellationToken cancel) => new(socket, Patience, cancel);

    private static ControlRequest Request(string verb) => new() { Version = ControlRequest.CurrentVersion, Verb = verb };

    private static async Task SendAsync(ControlConnection connection, ControlRequest request)
    {
        await connection.WriteAsync(request, ControlText.Default.ControlRequest);
        await connection.FlushAsync();
    }

    private static async Task<ControlReply> ReadAsync(ControlConnection connection)
    {
        var line = await connection.ReadLineAsync(ControlText.LongestReply, inAll: false) ?? throw new EndOfStreamException();
        var reply = JsonSerializer.Deserialize(line.Span, ControlText.Default.ControlReply) ?? throw NotUnderstood();
        return reply.Error is { } error ? throw new QueueAccessException(error.Fault, error.Message) : reply;
    }

    internal static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is SocketException or TimeoutException or (IOException and not MailStoreException))
        {
            throw Lost(e);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw NotUnderstood(e);
        }
    }

    private static QueueAccessException Lost(Exception e) => new(
        QueueAccessFault.Lost,
        e is TimeoutException ? $"The server that has the queue did not answer for {Patience}." : "The server that has the queue ended before it answered.",
        e);

    private static QueueAccessException NotUnderstood(Exception? e = null) => new(
        QueueAccessFault.OtherVersion, "The server that has the queue answered what this version of MailOps does not understand. Use the version of MailOps that the server runs.", e);
}
