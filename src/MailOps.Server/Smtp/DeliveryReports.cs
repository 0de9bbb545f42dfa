using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Reports;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Whom a report about a delivery goes to, and its way there. It goes to mailboxes of this server, and to others where the client's mail may go there too.</summary>
internal static class DeliveryReports
{
    /// <summary>Whether the success that NOTIFY asks for can be reported.</summary>
    /// <returns>The reply that refuses the recipient, or null.</returns>
    public static async ValueTask<SmtpReply?> RefusalAsync(SmtpSession session, RcptParameters parameters, CancellationToken cancel)
    {
        var sender = session.Sender.GetValueOrDefault();
        // Nobody ever hears of a message with the null sender, so there is nothing to promise.
        if (!parameters.Notify.HasFlag(DsnNotify.Success) || sender.IsNull)
            return null;

        // Through the queue a report reaches everybody.
        if (session.Outbound is not null)
            return null;

        var answer = await FindAsync(session, cancel);
        return answer.Verdict switch
        {
            RecipientVerdict.Deliver when !LocalRecipients.Of(answer, session.Queue is not null).IsNobody => null,
            RecipientVerdict.Unavailable => SmtpReplies.LocalError,
            _ => new SmtpReply(555, new EnhancedStatusCode(5, 5, 4), $"NOTIFY=SUCCESS cannot be kept: <{sender}> has no mailbox here, and no reports are sent to other servers"),
        };
    }

    /// <summary>Delivers the reports about the transaction under way, which is over but for that. What goes wrong is an event: the message itself is delivered.</summary>
    public static async ValueTask DeliverAsync(SmtpSession session, string id, HeaderCopy header, CancellationToken cancel)
    {
        try
        {
            var answer = await FindAsync(session, cancel);
            foreach (var action in DeliveryReport.Actions(session))
                await DeliverAsync(session, answer, action, id, header, cancel);
        }
        catch (MailStoreException e)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
        }
    }

    private static async ValueTask DeliverAsync(SmtpSession session, RecipientAnswer answer, DeliveryAction action, string id, HeaderCopy header, CancellationToken cancel)
    {
        var (isElsewhere, found) = (answer.Verdict is RecipientVerdict.NotLocal && session.Outbound is not null, LocalRecipients.Of(answer, session.Queue is not null));
        if (!isElsewhere && found.IsNobody)
            return;
        await using var delivery = session.Store.BeginDelivery();
        var (report, messageId) = DeliveryReport.For(session, action, id, header.Octets);
        var reportId = QueueId.Next(session.Connection.Clock);
        delivery.Write(report);
        var told = new DeliveryReported
        {
            MessageId = id,
            Sender = session.Sender.GetValueOrDefault().ToString(),
            Action = action.ToString().ToLowerInvariant(),
            ReportId = reportId.ToString(),
            ReportMessageId = messageId,
            Accounts = [.. found.Mailboxes.Select(mailbox => mailbox.Account)],
        };
        if (isElsewhere || found.Forwarded.Count > 0)
        {
            var outbound = session.Queue ?? throw OutboundMail.IsClosed();
            using var signer = outbound.Signer.Begin();
            signer?.Take(report);
            var envelope = Envelope.OfReport(told.Sender, session.Parameters.Body, session.Parameters.IsUtf8);
            envelope = envelope with
            {
                Recipients = isElsewhere ? envelope.Recipients : found.Forwarded,
                Prepend = signer is null ? null : await outbound.Signer.SignAsync(signer),
                MessageId = messageId,
            };
            var destinations = await outbound.AddAsync(reportId, delivery, envelope, session.Priority, found.Mailboxes, 0, cancel);
            told = told with { Destination = destinations[0] };
        }
        else
        {
            await delivery.CommitAsync(found.Mailboxes, cancel);
        }

        session.Connection.Publish(told with { ReportSize = delivery.Length });
    }

    private static ValueTask<RecipientAnswer> FindAsync(SmtpSession session, CancellationToken cancel) =>
        session.Directory.FindRecipientAsync(session.Sender.GetValueOrDefault().ToCanonical().ToString(), cancel);
}
