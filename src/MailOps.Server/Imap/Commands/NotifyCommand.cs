using MailOps.Server.Imap.Notify;

namespace MailOps.Server.Imap.Commands;

/// <summary>NOTIFY (RFC 5465): what the client is told, of which mailboxes, from now on and while no command runs.</summary>
internal sealed class NotifyCommand : ImapCommand<NotifyArguments>
{
    public override string Name => "NOTIFY";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Notify;

    protected override bool TryParse(ref ImapReader reader, out NotifyArguments arguments) => NotifyArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, NotifyArguments arguments, CancellationToken cancel)
    {
        if (arguments.Groups.Count == 0)
        {
            session.Notices.Set(null, null);
            return Completion.Ok("Nothing is told");
        }

        if (arguments.Unknown is not null)
            return Completion.No(ResponseCode.BadEvent, "One of the events is not known here: nothing is changed");
        if (arguments.Problem() is { } problem)
            return Completion.Bad(problem);

        // RFC 5465 section 3.1: what has gathered in the selected mailbox is told as it was asked for before, or never.
        if (!await session.Changes.TellAllAsync(cancel))
            return session.SayLost();

        MailboxNotices? others = null;
        try
        {
            if (arguments.OthersOf(session.Account) is { Any: not NotifyEvents.None } rules)
            {
                others = new MailboxNotices(session, rules, await session.Account.WatchAsync(cancel));
                var mailboxes = await others.BeginAsync(cancel);
                if (arguments.TellsStatus && mailboxes.Count > MailboxNotices.MostStatuses)
                    return Completion.No(ResponseCode.NotificationOverflow, FormattableString.Invariant($"These are more than {MailboxNotices.MostStatuses} mailboxes: ask without STATUS, or for less of them"));
                if (arguments.TellsStatus)
                    await others.TellStatusAsync(mailboxes, cancel);
            }

            session.Notices.Set(arguments.Selected, others);
            others = null;
        }
        finally
        {
            others?.Dispose();
        }

        return Completion.Ok("Told from now on");
    }
}
