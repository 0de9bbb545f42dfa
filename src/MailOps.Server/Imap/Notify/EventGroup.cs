using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap.Notify;

/// <summary>What a client wants to be told of some mailboxes (RFC 5465 section 8, event-group).</summary>
/// <param name="Filter">The mailboxes.</param>
/// <param name="Events">The events; none says that it wants to hear nothing of them.</param>
/// <param name="Attributes">What it wants to be told of messages that come.</param>
internal sealed record EventGroup(MailboxFilter Filter, NotifyEvents Events, FetchAttributes Attributes)
{
    // Twice as many as there are names of events: one that is named twice says nothing new.
    private const int MostEvents = 20;

    /// <summary>Reads a group with its parentheses.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="group">The group.</param>
    /// <param name="unknown">An event that is not known here; null if there is none.</param>
    public static bool TryParse(ref ImapReader reader, out EventGroup group, out string? unknown)
    {
        (group, unknown) = (null!, null);
        if (!(reader.Is('(') && MailboxFilter.TryParse(ref reader, out var filter) && reader.Space()))
            return false;
        var (events, attributes) = (NotifyEvents.None, FetchAttributes.None);
        if (!reader.IsWord("NONE") && !TryParseEvents(ref reader, out events, out attributes, out unknown))
            return false;
        group = new EventGroup(filter, events, attributes);
        return reader.Is(')');
    }

    /// <summary>The rule that the group breaks (RFC 5465 sections 5 and 6.1); null if it breaks none.</summary>
    public string? Problem()
    {
        const NotifyEvents both = NotifyEvents.MessageNew | NotifyEvents.MessageExpunge;
        if (Events.HasFlag(NotifyEvents.FlagChange) && (Events & both) != both)
            return "FlagChange needs MessageNew and MessageExpunge with it";
        if ((Events & both) is NotifyEvents.MessageNew or NotifyEvents.MessageExpunge)
            return "MessageNew and MessageExpunge need each other";
        if (Filter.IsSelected && (Events & ~NotifyEvents.Messages) != NotifyEvents.None)
            return "Of the selected mailbox there are events of messages alone: name the others with another filter";
        if (Filter.Kind == MailboxFilterKind.SubtreeOne)
            return "SUBTREE-ONE is a filter of ESEARCH alone";
        return !Filter.IsSelected && !Attributes.IsEmpty ? "What is to be told of new messages can be asked for the selected mailbox alone" : null;
    }

    private static bool TryParseEvents(ref ImapReader reader, out NotifyEvents events, out FetchAttributes attributes, out string? unknown)
    {
        (events, attributes, unknown) = (NotifyEvents.None, FetchAttributes.None, null);
        var read = 0;
        if (!reader.Is('('))
            return false;
        do
        {
            if (++read > MostEvents || !reader.Word(out var word))
                return false;
            var known = EventOf(word);
            unknown ??= known is null ? word : null;
            events |= known ?? NotifyEvents.None;
            // The space is optional in the grammar.
            if (word == "MESSAGENEW" && (reader.Sees('(') || reader.IsNext(" (")))
            {
                reader.Space();
                if (!FetchAttributes.TryParse(ref reader, out var more))
                    return false;
                attributes = attributes.With(more);
            }
        }
        while (reader.Space());
        return reader.Is(')');
    }

    private static NotifyEvents? EventOf(string word) => word switch
    {
        "MESSAGENEW" => NotifyEvents.MessageNew,
        "MESSAGEEXPUNGE" => NotifyEvents.MessageExpunge,
        "FLAGCHANGE" => NotifyEvents.FlagChange,
        "MAILBOXNAME" => NotifyEvents.MailboxName,
        "SUBSCRIPTIONCHANGE" => NotifyEvents.SubscriptionChange,
        "MAILBOXMETADATACHANGE" => NotifyEvents.MailboxMetadataChange,
        "SERVERMETADATACHANGE" => NotifyEvents.ServerMetadataChange,
        _ => null,
    };
}
