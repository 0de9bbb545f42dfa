using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Scheduling;

/// <summary>One connection to a destination, from finding its hosts to goodbye.</summary>
/// <param name="queue">The queue.</param>
/// <param name="settlement">Who writes down what came of it.</param>
/// <param name="destination">The destination.</param>
/// <param name="stopping">Ends all that is not a message under way.</param>
/// <param name="aborting">Ends that too.</param>
internal sealed class DestinationWorker(MailQueue queue, Settlement settlement, Destination destination, CancellationToken stopping, CancellationToken aborting)
{
    private bool _hasDelivered;

    /// <summary>Sends what waits. Throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            var opened = await OpenAsync();
            if (opened is { Connection: { } connection })
                await SendAllAsync(connection);
            // What the DNS says of a domain for good, and what a sender asks for and no host has, will be so later.
            else if (opened is { IsForGood: true, Refusal: { } never })
                await RefuseAllAsync(never);
            else if (opened is { Refusal: { } notNow })
                Failed(notNow);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What was not sent stays in the queue.
        }
#pragma warning disable CA1031 // A bug must not end the queue: the destination is tried again later.
        catch (Exception e)
        {
            queue.Observer.Faulted(default, e);
            Failed(new SmtpReply(451, new EnhancedStatusCode(4, 3, 0), $"An error of this server was in the way: {e.Message}"));
        }
#pragma warning restore CA1031
        finally
        {
            if (_hasDelivered)
                queue.Update(destination, one => one.Left());
        }
    }

    // Null if nothing waits for the connection any more.
    private async Task<OpenedConnection?> OpenAsync()
    {
        var opening = queue.BeginOpening(destination, stopping);
        try
        {
            var route = await queue.Router.FindAsync(destination.Target, opening.Token);
            return route.Refusal is { } refusal
                ? new OpenedConnection(null, null, refusal, refusal.IsPermanent)
                : await new ConnectionOpener(queue.Transport).OpenAsync(route, destination.Demand, opening);
        }
        catch (OperationCanceledException) when (opening.IsAbandoned)
        {
            return null;
        }
        catch (OperationCanceledException) when (opening.IsGivenUp)
        {
            return new OpenedConnection(null, null, ConnectionOpener.GaveUp($"The search for the hosts of {destination.Target.Text}", queue.Now - opening.Began));
        }
        finally
        {
            queue.EndOpening(opening);
        }
    }

    private async Task SendAllAsync(OutboundConnection opened)
    {
        await using var connection = opened;
        var (sent, most) = (0, queue.Options.Limits.Of(destination.Target).MaxMessagesPerConnection ?? queue.Options.MaxMessagesPerConnection);
        do
        {
            while (connection.IsUsable && sent < most && queue.Take(destination, isSent: true) is { } job)
            {
                await SendAsync(job, connection);
                sent++;
            }
        }
        while (connection.IsUsable && sent < most && await queue.StandByAsync(destination, stopping));
        await connection.QuitAsync(aborting);
    }

    private Task SendAsync(QueueJob job, OutboundConnection connection) => settlement.TryAsync(job, async (message, recipients) =>
    {
        if (!connection.IsUsable)
            return null;
        var outcomes = await connection.SendAsync(message, recipients, aborting);
        // Servers take so many messages over a connection, or wait so long for the next. Another connection is told what they think of this one.
        if (connection.IsSpent && _hasDelivered)
            return null;
        Learn(outcomes, connection.IsUsable);
        return new Attempt(connection.Host, connection.Remote, outcomes) { Security = connection.Security, ReportsDelivery = connection.ReportsDelivery, IsRelay = !connection.IsLmtp, TakesDeadlines = connection.TakesDeadlines };
    });

    private void Learn(IReadOnlyList<RecipientOutcome> outcomes, bool isUsable)
    {
        // Beside a recipient that was refused for good, what ended the connection is what the others heard.
        var last = outcomes.LastOrDefault(outcome => outcome.Reply.IsTransient).Reply ?? outcomes[^1].Reply;
        if (outcomes.Any(outcome => outcome.Reply.IsPositive))
        {
            var isFirst = !_hasDelivered;
            _hasDelivered = true;
            queue.Update(destination, one => one.Succeeded(queue.Now, isFirst));
        }
        else if (!isUsable && last.IsTransient)
        {
            var hasLeft = _hasDelivered;
            _hasDelivered = false;
            queue.Fail(destination, last, told: 1, hasLeft);
        }
        else
        {
            queue.Update(destination, one => one.Refused(last));
        }
    }

    private async Task RefuseAllAsync(SmtpReply reply)
    {
        while (queue.Take(destination, isSent: false) is { } job)
        {
            await settlement.TryAsync(job, (_, recipients) =>
                Task.FromResult<Attempt?>(new Attempt(null, null, [.. recipients.Select(recipient => new RecipientOutcome(recipient.Number, reply))])));
        }
    }

    private void Failed(SmtpReply reply) => queue.Fail(destination, reply, told: 0);
}
