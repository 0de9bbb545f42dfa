using System.Text.Json;
using MailOps.Maildir;
using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Queue.Control;

/// <summary>One request and its answer, at the end that has the queue.</summary>
/// <param name="queue">The queue.</param>
/// <param name="connection">The connection.</param>
/// <param name="stop">Ends the wait of lists; a change goes on to its end.</param>
internal sealed class ControlSession(IQueueAccess queue, ControlConnection connection, CancellationToken stop)
{
    /// <summary>Reads the request, and answers it.</summary>
    /// <exception cref="IOException">The client went.</exception>
    public async Task RunAsync()
    {
        ControlError? error;
        try
        {
            var line = await connection.ReadLineAsync(ControlText.LongestRequest, inAll: true);
            if (line is not { } text)
                return;
            error = TryParse(text.Span, out var request) ?? await AnswerAsync(request!);
        }
        catch (InvalidDataException)
        {
            error = Invalid($"The request is longer than {ControlText.LongestRequest} octets, or has no end of line.");
        }
        catch (QueueAccessException e)
        {
            error = new ControlError(e.Fault, e.Message, ControlRequest.CurrentVersion);
        }
        catch (MailStoreException e)
        {
            error = new ControlError(QueueAccessFault.Failed, e.Message, ControlRequest.CurrentVersion);
        }

        if (error is not null)
            await ReplyAsync(new ControlReply { Error = error });
        await connection.FlushAsync();
    }

    private static ControlError? TryParse(ReadOnlySpan<byte> line, out ControlRequest? request)
    {
        request = null;
        try
        {
            request = JsonSerializer.Deserialize(line, ControlText.Default.ControlRequest);
        }
        catch (JsonException e)
        {
            return Invalid($"The request is not what version {ControlRequest.CurrentVersion} of the protocol has: {e.Message}");
        }

        if (request is null)
            return Invalid("The request is empty.");
        return request.Version == ControlRequest.CurrentVersion ? null : new ControlError(
            QueueAccessFault.OtherVersion,
            $"The server that has the queue speaks version {ControlRequest.CurrentVersion} of its control protocol, and was asked in version {request.Version}. Use the version of MailOps that the server runs.",
            ControlRequest.CurrentVersion);
    }

    private async Task<ControlError?> AnswerAsync(ControlRequest request)
    {
        switch (request.Verb)
        {
            case "queues":
                var queues = await queue.GetQueuesAsync(Checked(request.Filter), request.After, stop);
                return await ListAsync(queues, item => new ControlReply { Queue = item });
            case "messages":
                var messages = await queue.GetMessagesAsync(Checked(request.Filter), request.After, stop);
                return await ListAsync(messages, item => new ControlReply { Message = item });
            case "change" when request.Order is { } order:
                if (!Enum.IsDefined(order.Action))
                    return Invalid($"{(int)order.Action} is nothing that can be done with a message. There are {string.Join(", ", Enum.GetNames<QueueAction>())}.");
                return await DoneAsync(new ControlDone(Change: await queue.ChangeAsync(order, CancellationToken.None)));
            case "content" when request.Id is { } id:
                return await SendContentAsync(id);
            case "route" when request.Recipient is { } recipient:
                return await ListAsync(new QueuePage<MailRouteStep>(await queue.TestRouteAsync(new RouteQuestion(recipient, request.Sender), stop), null), item => new ControlReply { Step = item });
            default:
                return Invalid($"'{Shown(request.Verb)}' is nothing that can be asked, or lacks what it is about. There are queues, messages, change with order, content with id, and route with recipient.");
        }
    }

    private async Task<ControlError?> ListAsync<T>(QueuePage<T> page, Func<T, ControlReply> reply)
    {
        foreach (var item in page.Items)
            await ReplyAsync(reply(item));
        return await DoneAsync(new ControlDone(page.After));
    }

    private async Task<ControlError?> SendContentAsync(string id)
    {
        await using var message = await queue.OpenMessageAsync(id, stop);
        if (message is null)
            return await DoneAsync(new ControlDone(Change: QueueChange.NotFound));
        await ReplyAsync(new ControlReply { Content = new ControlContent(message.Envelope, message.Size) });
        await using var target = new OctetStream(connection);
        try
        {
            await message.CopyToAsync(target, stop);
        }
        catch (MailStoreException e)
        {
            // In the middle of octets nothing can be said.
            throw new IOException(e.Message, e);
        }

        return await DoneAsync(new ControlDone());
    }

    private async Task<ControlError?> DoneAsync(ControlDone done)
    {
        await ReplyAsync(new ControlReply { Done = done });
        return null;
    }

    private Task ReplyAsync(ControlReply reply) => connection.WriteAsync(reply, ControlText.Default.ControlReply);

    private static QueueFilter Checked(QueueFilter? filter)
    {
        // A list that a request leaves out is null, whatever the type says.
        filter = filter is null ? QueueFilter.All : new QueueFilter { Ids = filter.Ids ?? [], NextHops = filter.NextHops ?? [], Senders = filter.Senders ?? [], Recipients = filter.Recipients ?? [] };
        if (filter.Ids.Count > ControlText.MostIds)
            throw new QueueAccessException(QueueAccessFault.Invalid, $"A request may name {ControlText.MostIds} ids, and this one names {filter.Ids.Count}. Ask for the rest with another.");
        if (filter.Ids.Concat(filter.NextHops).Concat(filter.Senders).Concat(filter.Recipients).Any(text => text is null))
            throw new QueueAccessException(QueueAccessFault.Invalid, "A list of the filter has an item that is null.");
        return filter;
    }

    private static ControlError Invalid(string message) => new(QueueAccessFault.Invalid, message, ControlRequest.CurrentVersion);

    private static string Shown(string text) => string.Concat(text.Take(40).Select(c => char.IsControl(c) ? '?' : c));
}
