using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>Sends one message to its recipients over the connections of a session, and settles what became of it for each.</summary>
internal sealed class SmtpDelivery(OutgoingMessage message, ConnectionPool<SmtpConnection> pool, MailboxOptions options, TimeProvider clock)
{
    // What every server takes in one transaction (RFC 5321 section 4.5.3.1.8).
    private const int MostRecipients = 100;

    private readonly Dictionary<string, MailSendResult> _results = new(StringComparer.Ordinal);
    private readonly long _started = clock.GetTimestamp();

    /// <summary>Sends it.</summary>
    /// <param name="inTheWay">What is known to be in the way of every connection, or null.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>A result for each recipient, in their order.</returns>
    public async Task<IReadOnlyList<MailSendResult>> RunAsync(MailSessionException? inTheWay, CancellationToken cancel)
    {
        List<string> waiting = [.. message.Recipients];
        while (waiting.Count > 0 && inTheWay is null)
        {
            var some = waiting.Take(MostRecipients).ToList();
            waiting.RemoveRange(0, some.Count);
            (var later, inTheWay) = await SendAsync(some, cancel).ConfigureAwait(false);
            waiting.AddRange(later);
        }

        // Without a connection the others have none either.
        foreach (var recipient in waiting)
            Settle(recipient, MailSendStatus.NotSent, inTheWay!, attempts: 0);
        return [.. message.Recipients.Select(recipient => _results[recipient])];
    }

    // Those to be named once more, for whom the server had no room beside the others, and what is in the way of all that is left.
    private async Task<(IReadOnlyList<string> Later, MailSessionException? Error)> SendAsync(IReadOnlyList<string> recipients, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            SmtpConnection connection;
            try
            {
                connection = await (attempt == 1 ? pool.RentAsync(cancel) : pool.OpenAsync(cancel)).ConfigureAwait(false);
            }
            catch (MailSessionException e)
            {
                return (SettleAll(recipients, MailSendStatus.NotSent, e, attempt), e);
            }

            var transfer = await SendAsync(connection, recipients, attempt, cancel).ConfigureAwait(false);
            if (transfer is null)
                return ([], null);
            switch (transfer.End)
            {
                case SmtpTransferEnd.Lost when attempt == 1:
                    continue;
                case SmtpTransferEnd.Unknown:
                    // Who was refused before the message stays refused.
                    foreach (var (recipient, answer) in recipients.Zip(transfer.Answers).Where(one => !one.Second.IsPositive && one.Second != Unsaid))
                        Settle(recipient, answer, attempt, 0);
                    var doubt = new MailSessionException(transfer.Error!.Fault, $"{transfer.Error.Message} The message had been sent: the server may have it. It was not sent again.", transfer.Error);
                    return (SettleAll(recipients, MailSendStatus.Unknown, doubt, attempt), null);
                case SmtpTransferEnd.Lost or SmtpTransferEnd.Failed:
                    return (SettleAll(recipients, MailSendStatus.NotSent, transfer.Error!, attempt), transfer.Error);
                default:
                    return (Take(recipients, transfer, attempt), null);
            }
        }
    }

    // Null if nothing was to be said to the server.
    private async Task<SmtpTransfer?> SendAsync(SmtpConnection connection, IReadOnlyList<string> recipients, int attempt, CancellationToken cancel)
    {
        var isUsable = false;
        try
        {
            var server = connection.Capabilities;
            var able = server.Offers("SMTPUTF8") ? recipients : [.. recipients.Where(recipient => Ascii.IsValid(recipient))];
            foreach (var recipient in recipients.Except(able, StringComparer.Ordinal))
                Settle(recipient, new SmtpReply(553, new EnhancedStatusCode(5, 6, 7), "The server does not offer SMTPUTF8, which the address needs (RFC 6531)."), attempt, 0);

            var plan = await SmtpPlan.ForAsync(message, server, able.Any(recipient => !Ascii.IsValid(recipient)), cancel).ConfigureAwait(false);
            if (able.Count == 0 || plan.Refusal is not null)
            {
                foreach (var recipient in able)
                    Settle(recipient, plan.Refusal!, attempt, 0);
                isUsable = true;
                return null;
            }

            var transfer = await connection.SendAsync(plan.Mail, [.. able.Select(recipient => SmtpPlan.Rcpt(recipient, message.Notice, server))], plan.Octets.AsStream(), cancel).ConfigureAwait(false);
            isUsable = connection.IsUsable;
            // Who could not be named has a result; the answers are those of the others.
            return able.Count == recipients.Count || transfer.Answers.Count == 0 ? transfer : transfer with { Answers = Spread(recipients, able, transfer.Answers) };
        }
        finally
        {
            await pool.ReturnAsync(connection, isUsable).ConfigureAwait(false);
        }
    }

    private static IReadOnlyList<SmtpReply> Spread(IReadOnlyList<string> recipients, IReadOnlyList<string> able, IReadOnlyList<SmtpReply> answers)
    {
        var next = 0;
        return [.. recipients.Select(recipient => next < able.Count && recipient == able[next] ? answers[next++] : Unsaid)];
    }

    private static readonly SmtpReply Unsaid = new(0, null, "");

    private List<string> Take(IReadOnlyList<string> recipients, SmtpTransfer transfer, int attempt)
    {
        var later = new List<string>();
        var isTaken = transfer.Answers.Any(answer => answer.IsPositive);
        foreach (var (recipient, answer) in recipients.Zip(transfer.Answers))
        {
            // One too many for one transaction, beside others that were taken (RFC 5321 section 4.5.3.1.10).
            if (isTaken && answer.Code == 452)
                later.Add(recipient);
            else if (answer != Unsaid)
                Settle(recipient, answer, attempt, transfer.Length);
        }

        return later;
    }

    private List<string> SettleAll(IReadOnlyList<string> recipients, MailSendStatus status, MailSessionException e, int attempts)
    {
        foreach (var recipient in recipients.Where(recipient => !_results.ContainsKey(recipient)))
            Settle(recipient, status, e, attempts);
        return [];
    }

    private void Settle(string recipient, SmtpReply reply, int attempts, long size)
    {
        var status = reply.IsPositive ? MailSendStatus.Accepted : MailSendStatus.Refused;
        var words = SmtpReply.Plain(string.Join(' ', reply.Lines));
        _results[recipient] = Result(recipient, status, reply.Code, reply.Enhanced?.ToString(), words, reply.IsPositive ? QueueId.In(reply) : null, attempts, size);
    }

    private void Settle(string recipient, MailSendStatus status, MailSessionException e, int attempts) =>
        _results[recipient] = Result(recipient, status, 0, null, e.Message, queueId: null, attempts, 0, e.Fault);

    private MailSendResult Result(string recipient, MailSendStatus status, int code, string? enhanced, string words, string? queueId, int attempts, long size, MailSessionFault? fault = null) => new()
    {
        Recipient = recipient,
        Status = status,
        Code = code,
        EnhancedCode = enhanced,
        Reply = words,
        Fault = fault,
        Sender = message.Sender,
        Subject = message.Subject,
        MessageId = message.MessageId,
        Server = options.Server,
        Port = options.Port,
        QueueId = queueId,
        Size = size,
        Attempts = attempts,
        Time = clock.GetUtcNow(),
        Elapsed = clock.GetElapsedTime(_started),
    };
}
