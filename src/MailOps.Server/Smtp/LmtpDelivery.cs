using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>
/// The end of a message that came over LMTP: each recipient has an answer of its own (RFC 2033 section 4.2), so that the server with the
/// queue keeps it for those alone who did not get it.
/// </summary>
internal static class LmtpDelivery
{
    /// <summary>Delivers to all who can take it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="delivery">The message.</param>
    /// <param name="id">The message's name in the replies.</param>
    /// <param name="ways">What becomes of what is taken.</param>
    /// <param name="refusals">For each recipient the reply that refuses it already, or null; null if nobody is refused.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The reply for each recipient of the transaction under way, in the order of their RCPT.</returns>
    public static async ValueTask<SmtpReply[]> CommitAsync(SmtpSession session, IDelivery delivery, string id, LmtpWays ways, SmtpReply?[]? refusals, CancellationToken cancel)
    {
        var recipients = session.Recipients;
        var replies = refusals ?? new SmtpReply?[recipients.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i] is null && !await HaveRoomAsync(session, recipients[i], delivery.Length, cancel))
                replies[i] = SmtpReplies.MailboxFull(session.Options);
        }

        // However many addresses lead to an account, it gets one copy.
        var accounts = recipients.Where((_, i) => replies[i] is null).SelectMany(recipient => recipient.Addressees).Select(addressee => addressee.Account)
            .Distinct(StringComparer.Ordinal).ToArray();
        var isForwarded = recipients.Where((_, i) => replies[i] is null).Any(recipient => recipient.Onward.Count > 0);
        var outcomes = isForwarded
            ? await TryForwardAsync(session, ways, [.. recipients.Where((_, i) => replies[i] is null)], accounts)
            : await TryCommitAsync(session, delivery, accounts, cancel);
        for (var i = 0; i < replies.Length; i++)
        {
            var failed = recipients[i].Addressees.Select(addressee => addressee.Account).Concat(recipients[i].Onward.Select(one => one.Address))
                .Select(place => outcomes.GetValueOrDefault(place)).FirstOrDefault(outcome => outcome is not null);
            replies[i] ??= failed is not null
                ? SmtpReplies.NotStored(failed.Fault, session.Options)
                : new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), $"<{recipients[i].Path}> Ok: delivered as {id}");
        }

        SmtpRecipient[] taken = [.. recipients.Where((_, i) => replies[i]!.IsPositive)];
        if (taken.Length == 0)
            return replies!;
        ways.Accept(taken, [.. accounts.Where(account => outcomes[account] is null)]);
        return replies!;
    }

    // An alias of several accounts is delivered to all of them or to none: what its sender tries again is for all. So is what is sent on besides.
    private static async ValueTask<bool> HaveRoomAsync(SmtpSession session, SmtpRecipient recipient, long octets, CancellationToken cancel)
    {
        if (recipient.Addressees.Count == 1 && !session.LeavesHere)
            return true;

        try
        {
            foreach (var addressee in recipient.Addressees)
            {
                if (!await session.Store.HasRoomAsync(addressee.Account, octets, cancel))
                    return false;
            }

            return true;
        }
        catch (MailStoreException)
        {
            // The delivery says what is wrong with the disk.
            return true;
        }
    }

    // What goes to other servers becomes durable in one step with what stays here: all of it or nothing.
    private static async ValueTask<Dictionary<string, MailStoreException?>> TryForwardAsync(SmtpSession session, LmtpWays ways, IReadOnlyList<SmtpRecipient> recipients, string[] accounts)
    {
        MailStoreException? failed = null;
        try
        {
            await (ways.Enqueue ?? throw OutboundMail.IsClosed())(recipients, [.. accounts.Select(account => new DeliveryTarget(account))]);
        }
        catch (MailStoreException e)
        {
            failed = e;
            if (e.Fault is not StoreFault.OverQuota)
                session.Connection.Publish(new SessionFaulted { Exception = e });
        }

        return accounts.Concat(recipients.SelectMany(recipient => recipient.Onward).Select(one => one.Address)).Distinct(StringComparer.Ordinal).ToDictionary(place => place, _ => failed, StringComparer.Ordinal);
    }

    private static async ValueTask<Dictionary<string, MailStoreException?>> TryCommitAsync(SmtpSession session, IDelivery delivery, string[] accounts, CancellationToken cancel)
    {
        if (accounts.Length == 0)
            return [];

        var outcomes = await delivery.CommitEachAsync([.. accounts.Select(account => new DeliveryTarget(account))], cancel);
        foreach (var fault in outcomes.OfType<MailStoreException>().Where(fault => fault.Fault is not StoreFault.OverQuota).Distinct())
            session.Connection.Publish(new SessionFaulted { Exception = fault });
        return accounts.Zip(outcomes).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }
}
