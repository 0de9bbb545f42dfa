using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Messages that come to whom they were delivered before, or to an alias that had sent them on, as their Delivered-To fields say (RFC 9228): they go round in a loop.</summary>
internal static class DeliveryLoops
{
    /// <summary>The replies to those who have had the message.</summary>
    /// <param name="session">The session.</param>
    /// <param name="deliveries">The message's Delivered-To fields.</param>
    /// <returns>For each recipient of the transaction under way the reply that refuses it, or null; null instead of all if nobody has had it.</returns>
    public static SmtpReply?[]? Refusals(SmtpSession session, IReadOnlyList<TraceFields.Delivery> deliveries)
    {
        // Who is logged in may send again what he got.
        if (deliveries.Count == 0 || session.Options.Role is SmtpRole.Submission || session.Account is not null)
            return null;

        try
        {
            return Find(session, deliveries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return [.. session.Recipients.Select(_ => SmtpReplies.LocalError)];
        }
    }

    private static SmtpReply?[]? Find(SmtpSession session, IReadOnlyList<TraceFields.Delivery> deliveries)
    {
        // Over LMTP a field above all Received fields is of this delivery: some that hand over write it themselves (Postfix: flags=D).
        var before = deliveries.Where(delivery => delivery.Hops > 0 || session.Options.Role is not SmtpRole.Lmtp)
            .Select(delivery => session.Directory.Canonical(delivery.Address)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        SmtpReply?[]? refusals = null;
        for (var i = 0; before.Count > 0 && i < session.Recipients.Count; i++)
        {
            var recipient = session.Recipients[i];
            if (recipient.Addressees.Select(addressee => addressee.Address).Concat(recipient.Onward.Select(one => one.Via).OfType<string>()).Any(one => session.Directory.Canonical(one) is { } address && before.Contains(address)))
                (refusals ??= new SmtpReply?[session.Recipients.Count])[i] = Refused(recipient.Path);
        }

        return refusals;
    }

    private static SmtpReply Refused(SmtpPath recipient) =>
        new(554, new EnhancedStatusCode(5, 4, 6), $"Mail forwarding loop for <{recipient}>: the message has been delivered there before, as its Delivered-To field says");
}
