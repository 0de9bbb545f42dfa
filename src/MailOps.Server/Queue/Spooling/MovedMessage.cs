namespace MailOps.Server.Queue.Spooling;

/// <summary>Another route for a message, as its file says it.</summary>
internal static class MovedMessage
{
    /// <summary>Gives all recipients that wait another route, and has them tried at once. Durable when it ends.</summary>
    /// <param name="spool">The spool.</param>
    /// <param name="message">The message; it knows of its route afterwards.</param>
    /// <param name="before">What happened to it and is not in its file yet; the message knows it.</param>
    /// <param name="route">The route's target, or null for the one that the domain of each has.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="Maildir.MailStoreException">It is not durable.</exception>
    public static async Task<QueueChange> WriteAsync(Spool spool, SpooledMessage message, IReadOnlyList<SpoolRecord> before, string? route, DateTimeOffset now)
    {
        var waiting = message.Recipients.Where(recipient => !recipient.IsFinal).ToList();
        if (waiting.TrueForAll(recipient => recipient.Route == route))
            return QueueChange.Unchanged;

        // A name that tells its destination is believed by a start: it must not, whenever we end, before the file says otherwise.
        if (message.Entry.NextHop is not null)
            await spool.ChangeAsync(message.Entry, [], message.Entry.Name with { NextHop = null });
        var moved = new SpoolRecord { Time = now, Event = SpoolEvent.Moved, Recipients = [.. waiting.Select(recipient => recipient.Number)], Route = route };
        message.Take(moved);
        await spool.ChangeAsync(message.Entry, [.. before, moved], message.Entry.Name with { Due = message.Envelope.HeldUntil > now ? message.Envelope.HeldUntil.Value : now, NextHop = Spool.NextHopOf(waiting) });
        return QueueChange.Done;
    }

    /// <summary>What is told of those recipients of a message that was moved that wait for one destination now.</summary>
    /// <param name="recipients">They.</param>
    /// <param name="now">The time.</param>
    public static SpoolRecord RecordOf(IEnumerable<RecipientState> recipients, DateTimeOffset now) =>
        new() { Time = now, Event = SpoolEvent.Moved, Recipients = [.. recipients.Select(recipient => recipient.Number)], Reply = "Moved by the administrator, and tried at once" };
}
