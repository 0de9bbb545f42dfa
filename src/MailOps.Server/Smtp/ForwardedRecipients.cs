using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Routing;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Who gets mail at other servers in the place of a recipient here: the addresses that aliases lead to, and the senders behind return paths (SRS).</summary>
internal static class ForwardedRecipients
{
    /// <summary>The recipients of the queue for the targets of an alias, each with the return path of its copy.</summary>
    /// <param name="session">The session.</param>
    /// <param name="recipient">The recipient here.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>They, or the reply that refuses the recipient.</returns>
    public static async ValueTask<(IReadOnlyList<EnvelopeRecipient> Onward, SmtpReply? Refusal)> FindAsync(SmtpSession session, SmtpPath recipient, IReadOnlyList<OutsideTarget> targets, CancellationToken cancel)
    {
        if (targets.Count == 0)
            return ([], null);
        // Nobody gets it then, since no report could say who did not.
        if (session.Queue is not { } queue)
            return ([], new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), $"<{recipient}>: leads to another server, and nothing is sent on from here"));

        var sender = session.Sender.GetValueOrDefault();
        var isOurs = session.Directory.Serves(sender.ToCanonical().ToString());
        var onward = new List<EnvelopeRecipient>(targets.Count);
        foreach (var target in targets)
        {
            if (!LocalRecipients.TryForward(target, out var one, out var error))
                return ([], new SmtpReply(550, new EnhancedStatusCode(5, 1, 2), $"<{recipient}>: leads to <{target.Address}>: {error}"));
            try
            {
                onward.Add(isOurs ? one : one with { ReturnPath = await queue.Senders.ReturnPathAsync(sender, one.Via!, cancel) });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                session.Connection.Publish(new SessionFaulted { Exception = e });
                return ([], SmtpReplies.LocalError);
            }
        }

        return (onward, null);
    }

    /// <summary>The sender behind a return path of ours.</summary>
    /// <param name="session">The session.</param>
    /// <param name="queue">The queue that knows return paths.</param>
    /// <param name="recipient">The return path.</param>
    /// <returns>The sender, or the reply that refuses the recipient.</returns>
    public static (SmtpPath Original, SmtpReply? Refusal) SenderOf(SmtpSession session, OutboundMail queue, SmtpPath recipient)
    {
        // What is no report would be sent on to strangers in our name.
        if (session.Sender is not { IsNull: true })
            return (default, new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), $"<{recipient}>: is the return path of mail that was sent on, and takes reports alone (MAIL FROM:<>)"));
        try
        {
            var reading = queue.Senders.Read(recipient);
            return reading.Original is { } original ? (original, null) : (default, new SmtpReply(550, new EnhancedStatusCode(5, 1, 1), $"<{recipient}>: {reading.Problem}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return (default, SmtpReplies.LocalError);
        }
    }

    /// <summary>The recipient of the queue for a sender elsewhere.</summary>
    /// <param name="recipient">The return path that it stands behind.</param>
    /// <param name="original">The sender.</param>
    /// <returns>It, or the reply that refuses the recipient.</returns>
    public static (IReadOnlyList<EnvelopeRecipient> Onward, SmtpReply? Refusal) Return(SmtpPath recipient, SmtpPath original) => NextHops.TryFor(original, out var nextHop, out var error)
        ? ([new EnvelopeRecipient { Address = original.ToString(), NextHop = nextHop }], null)
        : ([], new SmtpReply(550, new EnhancedStatusCode(5, 1, 2), $"<{recipient}>: stands for <{original}>: {error}"));
}
