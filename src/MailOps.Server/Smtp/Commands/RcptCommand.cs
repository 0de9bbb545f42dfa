using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Routing;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>RCPT (RFC 5321 section 4.1.1.3): names a recipient. Unknown ones are refused here, so that no report has to be sent later.</summary>
internal sealed class RcptCommand : SmtpCommand<RcptCommand.Arguments>
{
    public override string Name => "RCPT";

    public override SmtpStates States => SmtpStates.Sender | SmtpStates.Recipients;

    public override string Usage => "RCPT TO:<address> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]";

    /// <param name="Recipient">The forward-path.</param>
    /// <param name="Parameters">The parameters.</param>
    /// <param name="Problem">The reply to what cannot be taken, or null.</param>
    internal readonly record struct Arguments(SmtpPath Recipient, RcptParameters Parameters, SmtpReply? Problem);

    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Literal("TO:"u8) || !reader.OptionalSpace())
            return false;

        if (!reader.Path(out var recipient) || recipient.IsNull)
            return false;

        var parameters = RcptParameters.None;
        SmtpReply? problem = null;
        while (problem is null && reader.Space() && !reader.AtEnd)
        {
            if (!reader.Parameter(out var keyword, out var value))
                return false;
            parameters = parameters == RcptParameters.None ? new RcptParameters() : parameters;
            problem = parameters.Take(keyword, value);
        }

        arguments = new Arguments(recipient, parameters, problem);
        return problem is null || reader.Text(out _);
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        var reply = session.Count(RateKind.Recipients) ?? arguments.Problem ?? await AnswerAsync(session, arguments.Recipient, arguments.Parameters, cancel);
        if (!reply.IsPositive)
            session.Connection.Publish(new MailRefused { Command = Name, Reply = reply.ToString() });
        return reply;
    }

    private static async ValueTask<SmtpReply> AnswerAsync(SmtpSession session, SmtpPath recipient, RcptParameters parameters, CancellationToken cancel)
    {
        if ((!recipient.IsAscii || parameters.NeedsUtf8) && !session.Parameters.IsUtf8)
            return SmtpReplies.NeedsUtf8;

        if (parameters.DsnKeyword is { } keyword && !session.Options.ReportsDelivery)
            return SmtpReplies.NotOffered(keyword);

        if (session.Recipients.Count >= session.Options.MaxRecipients)
        {
            session.CountExcessRecipient();
            return new SmtpReply(452, new EnhancedStatusCode(4, 5, 3), "Too many recipients");
        }

        // Before accounts and aliases: one that takes all of a domain would take these too.
        if (session.Queue is { } queue && SrsAddress.IsOne(recipient) && session.Directory.Serves(recipient.ToCanonical().ToString()))
            return await TakeReturnAsync(session, queue, recipient, parameters, cancel);

        var answer = await session.Directory.FindRecipientAsync(recipient.ToCanonical().ToString(), cancel);
        if (answer.Verdict is RecipientVerdict.Deliver && await DeliveryReports.RefusalAsync(session, parameters, cancel) is { } refusal)
            return refusal;

        return answer.Verdict switch
        {
            RecipientVerdict.Deliver => await TakeAsync(session, recipient, parameters, answer, cancel),
            RecipientVerdict.UnknownUser => new SmtpReply(550, new EnhancedStatusCode(5, 1, 1), $"<{recipient}>: no such user here"),
            RecipientVerdict.NotLocal when session.Outbound is not null => await TakeForElsewhereAsync(session, recipient, parameters, cancel),
            RecipientVerdict.NotLocal => new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), $"<{recipient}>: relaying denied, the domain is not served here"),
            _ => SmtpReplies.LocalError,
        };
    }

    private static async ValueTask<SmtpReply> TakeAsync(SmtpSession session, SmtpPath recipient, RcptParameters parameters, RecipientAnswer answer, CancellationToken cancel)
    {
        // A mailbox has no time for its messages: this one would be there before its time.
        if (answer.Addressees.Count > 0 && session.Parameters.Hold is not null)
            return new SmtpReply(550, new EnhancedStatusCode(5, 3, 3), $"<{recipient}>: has a mailbox here, and only mail for other servers is held; send it without HOLDFOR and HOLDUNTIL");
        var (onward, refusal) = await ForwardedRecipients.FindAsync(session, recipient, answer.Outside, cancel);
        if (refusal is not null)
            return refusal;

        // A full mailbox is refused by itself: after DATA there is one answer for all recipients. So it is for an alias of several accounts.
        if (!await HaveRoomAsync(session, answer.Addressees, cancel))
            return SmtpReplies.MailboxFull(session.Options);
        if (await Hooks.RefusalAsync(session, recipient, cancel) is { } refused)
            return refused;
        session.Recipients.Add(new SmtpRecipient(recipient, answer.Addressees, parameters, onward));
        return new SmtpReply(250, new EnhancedStatusCode(2, 1, 5), "Ok");
    }

    // A report about mail that was sent on goes to whom that was from.
    private static async ValueTask<SmtpReply> TakeReturnAsync(SmtpSession session, OutboundMail queue, SmtpPath recipient, RcptParameters parameters, CancellationToken cancel)
    {
        var (original, refusal) = ForwardedRecipients.SenderOf(session, queue, recipient);
        if (refusal is not null)
            return refusal;
        // A domain may be ours since.
        var answer = await session.Directory.FindRecipientAsync(original.ToCanonical().ToString(), cancel);
        if (answer.Verdict is RecipientVerdict.Deliver)
            return await TakeAsync(session, recipient, parameters, answer, cancel);
        if (answer.Verdict is RecipientVerdict.UnknownUser)
            return new SmtpReply(550, new EnhancedStatusCode(5, 1, 1), $"<{recipient}>: stands for <{original}>, and there is no such user here");
        if (answer.Verdict is not RecipientVerdict.NotLocal)
            return SmtpReplies.LocalError;

        (var onward, refusal) = ForwardedRecipients.Return(recipient, original);
        if ((refusal ?? await Hooks.RefusalAsync(session, recipient, cancel)) is { } refused)
            return refused;
        session.Recipients.Add(new SmtpRecipient(recipient, [], parameters, onward));
        return new SmtpReply(250, new EnhancedStatusCode(2, 1, 5), "Ok");
    }

    // What can be known to fail is refused now: a report later would tell the same to somebody who has forgotten what it is about.
    private static async ValueTask<SmtpReply> TakeForElsewhereAsync(SmtpSession session, SmtpPath recipient, RcptParameters parameters, CancellationToken cancel)
    {
        if (!NextHops.TryFor(recipient, out var nextHop, out var error))
            return new SmtpReply(550, new EnhancedStatusCode(5, 1, 2), $"<{recipient}>: {error}");
        if (await Hooks.RefusalAsync(session, recipient, cancel) is { } refused)
            return refused;

        session.Recipients.Add(new SmtpRecipient(recipient, [], parameters, [new EnvelopeRecipient { Address = recipient.ToString(), NextHop = nextHop }]));
        return new SmtpReply(250, new EnhancedStatusCode(2, 1, 5), "Ok");
    }

    private static async ValueTask<bool> HaveRoomAsync(SmtpSession session, IReadOnlyList<Addressee> addressees, CancellationToken cancel)
    {
        try
        {
            foreach (var addressee in addressees)
            {
                if (!await session.Store.HasRoomAsync(addressee.Account, 1, cancel))
                    return false;
            }

            return true;
        }
        catch (MailStoreException e)
        {
            // The delivery says more of what is wrong with the disk.
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return true;
        }
    }
}
