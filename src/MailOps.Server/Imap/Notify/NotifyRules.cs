using MailOps.Maildir;

namespace MailOps.Server.Imap.Notify;

/// <summary>What is told of which mailboxes, but for the selected one.</summary>
/// <param name="account">The account that sees them.</param>
/// <param name="groups">The groups of events.</param>
internal sealed class NotifyRules(IMailAccount account, IReadOnlyList<EventGroup> groups)
{
    /// <summary>All that is told of some mailbox or other.</summary>
    public NotifyEvents Any { get; } = groups.Aggregate(NotifyEvents.None, (all, group) => all | group.Events);

    /// <summary>What is told of a mailbox: what one of the groups says, unless one says that nothing is.</summary>
    /// <param name="mailbox">Its name.</param>
    /// <param name="subscribed">The names that are subscribed.</param>
    public NotifyEvents Of(string mailbox, IReadOnlySet<string> subscribed)
    {
        var events = NotifyEvents.None;
        foreach (var group in groups)
        {
            if (!group.Filter.Matches(mailbox, account, subscribed))
                continue;
            if (group.Events == NotifyEvents.None)
                return NotifyEvents.None;
            events |= group.Events;
        }

        return events;
    }
}
