using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Reports;

/// <summary>What a sender is to be told of a message now (RFC 3461 section 5.2, RFC 5321 section 6.1).</summary>
/// <param name="Action">What.</param>
/// <param name="Recipients">Of whom.</param>
internal readonly record struct ReportPlan(DeliveryAction Action, IReadOnlyList<RecipientState> Recipients)
{
    /// <summary>The reports that are due.</summary>
    public static IReadOnlyList<ReportPlan> For(SpooledMessage message, DateTimeOffset now, QueueOptions options)
    {
        // Nobody ever hears of a message with the null sender: it is a report itself, and two servers would talk for ever.
        if (message.Envelope.Sender.Length == 0)
            return [];

        var recipients = message.Recipients;
        var isOld = !message.Entry.IsWarned && options.WarnAfter is { } after && now - (message.Envelope.HeldUntil ?? message.Entry.Id.Arrived) >= after;
        var isLate = message.Entry.Deadline is not null && message.Envelope.DeliverBy is { } by && by.IsLate(now);
        ReportPlan[] all =
        [
            new(DeliveryAction.Failed, [.. recipients.Where(one => one is { IsReported: false, Last.Event: SpoolEvent.Failed } && Wants(one, DsnNotify.Failure))]),
            new(DeliveryAction.Relayed, [.. recipients.Where(one => one is { IsReported: false, Last: { Event: SpoolEvent.Sent } last } && HearsOfRelay(one, last))]),
            new(DeliveryAction.Delayed, isOld || isLate ? [.. recipients.Where(one => !one.IsFinal && Wants(one, DsnNotify.Delay))] : []),
        ];
        // Who stands in a report that was begun stands in no other.
        return [.. all.SelectMany(plan => plan.Recipients.GroupBy(recipient => recipient.Report).Select(same => plan with { Recipients = [.. same] }))];
    }

    // RFC 2852 section 4.1.4: of a deadline hears everybody but who wants to hear nothing.
    private static bool HearsOfRelay(RecipientState recipient, SpoolRecord last) =>
        (last.IsLastReporter && recipient.Recipient.Notify.HasFlag(DsnNotify.Success)) || (last.IsTraced && !recipient.Recipient.Notify.HasFlag(DsnNotify.Never));

    // Without NOTIFY failures are told, and delays may be (RFC 3461 section 4.1).
    private static bool Wants(RecipientState recipient, DsnNotify what) =>
        recipient.Recipient.Notify is DsnNotify.Unsaid || recipient.Recipient.Notify.HasFlag(what);
}
