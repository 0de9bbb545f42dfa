using MailOps.Maildir.Watching;

namespace MailOps.Server.Imap.Notify;

/// <summary>Names of mailboxes that a LIST tells of since something happened to them (RFC 5465 sections 5.4 and 5.5), each once, in the order in which it happened last.</summary>
internal sealed class AffectedNames
{
    private readonly Dictionary<string, (int Turn, string? OldName)> _names = new(StringComparer.Ordinal);
    private int _turn;

    /// <summary>The names, and what they were before a rename.</summary>
    public IReadOnlyList<(string Name, string? OldName)> Names => [.. _names.OrderBy(one => one.Value.Turn).Select(one => (one.Key, one.Value.OldName))];

    /// <summary>The names of before that are not told as names of now behind that.</summary>
    public IEnumerable<string> OldNamesToldLast => _names.Values.Where(one => one.OldName is { } old && (!_names.TryGetValue(old, out var told) || told.Turn < one.Turn)).Select(one => one.OldName!).Distinct(StringComparer.Ordinal);

    /// <summary>Takes a change, as far as the client asked.</summary>
    /// <param name="change">The change.</param>
    /// <param name="eventsOf">What the client asked to be told of a mailbox.</param>
    public void Take(AccountChange change, Func<string, NotifyEvents> eventsOf)
    {
        if (change.Mailbox is not { } name)
            return;
        switch (change.Kind)
        {
            // Of the mailbox above it changes whether there are any below.
            case AccountChangeKind.Created or AccountChangeKind.Deleted:
                AddIf(name, NotifyEvents.MailboxName);
                if (MailboxFilter.ParentOf(name) is { } parent)
                    AddIf(parent, NotifyEvents.MailboxName);
                break;
            case AccountChangeKind.Renamed when ((eventsOf(name) | eventsOf(change.OldName!)) & NotifyEvents.MailboxName) != NotifyEvents.None:
                Add(name, change.OldName);
                break;
            case AccountChangeKind.Subscription:
                AddIf(name, NotifyEvents.SubscriptionChange);
                break;
        }

        void AddIf(string affected, NotifyEvents events)
        {
            if (eventsOf(affected).HasFlag(events))
                Add(affected, null);
        }
    }

    // That it was renamed is told with what happened to it later.
    private void Add(string name, string? oldName) => _names[name] = (_turn++, oldName ?? _names.GetValueOrDefault(name).OldName);
}
