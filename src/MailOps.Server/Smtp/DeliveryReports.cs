using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
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

        return (await FindAsync(session, cancel)).Verdict switch
        {
            RecipientVerdict.Deliver => null,
            RecipientVerdict.Unavailable => SmtpReplies.LocalError,
            _ => new SmtpReply(555, new EnhancedStatusCode(5, 5, 4), $"NOTIFY=SUCCESS cannot be kept: <{sender}> has no mailbox here, and no reports are sent to other servers"),
        };
    }

    /// <summary>Delivers the report about the transaction under way, which is over but for that. What goes wrong is an event: the message itself is delivered.</summary>
    public static async ValueTask DeliverAsync(SmtpSession session, string id, HeaderCopy header, CancellationToken cancel)
    {
        try
        {
            var answer = await FindAsync(session, cancel);
            await using var delivery = session.Store.BeginDelivery();
            var (report, messageId) = DeliveryReport.For(session, id, header.Octets);
            var reportId = QueueId.Next(session.Connection.Clock);
            delivery.Write(report);
            var told = new DeliveryReported { MessageId = id, Sender = session.Sender.GetValueOrDefault().ToString(), ReportId = reportId.ToString(), ReportMessageId = messageId };
            if (answer.Verdict is RecipientVerdict.NotLocal && session.Outbound is { } outbound)
            {
                using var signer = outbound.Signer.Begin();
                signer?.Take(report);
                var envelope = Envelope.OfReport(told.Sender, session.Parameters.Body, session.Parameters.IsUtf8) with { Prepend = signer is null ? null : await outbound.Signer.SignAsync(signer), MessageId = messageId };
                var destinations = await outbound.AddAsync(reportId, delivery, envelope, session.Priority, [], 0, cancel);
                session.Connection.Publish(told with { ReportSize = delivery.Length, Destination = destinations[0] });
                return;
            }

            if (answer.Verdict is not RecipientVerdict.Deliver)
                return;
            await delivery.CommitAsync([.. answer.Addressees.Select(addressee => new DeliveryTarget(addressee.Account))], cancel);
            session.Connection.Publish(told with { ReportSize = delivery.Length, Accounts = [.. answer.Addressees.Select(addressee => addressee.Account)] });
        }
        catch (MailStoreException e)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
        }
    }

    private static ValueTask<RecipientAnswer> FindAsync(SmtpSession session, CancellationToken cancel) =>
        session.Directory.FindRecipientAsync(session.Sender.GetValueOrDefault().ToCanonical().ToString(), cancel);
}
