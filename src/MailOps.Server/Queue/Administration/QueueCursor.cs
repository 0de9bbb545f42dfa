namespace MailOps.Server.Queue.Administration;

/// <summary>Where a list of messages goes on: behind an id.</summary>
internal static class QueueCursor
{
    /// <summary>The id behind which it goes on; the lowest of all for the first page.</summary>
    /// <exception cref="QueueAccessException">It is no id.</exception>
    public static QueueId Parse(string? after) =>
        after is null ? default
        : QueueId.TryParse(after, out var id) ? id
        : throw new QueueAccessException(QueueAccessFault.Invalid, $"'{(after.Length > 40 ? after[..40] : after)}' is no id of a message that a list could go on behind.");

    /// <summary>Those of some ids that come behind one, in order; what is no id is none of a message.</summary>
    public static IReadOnlyList<QueueId> Of(IReadOnlyList<string> ids, QueueId after) =>
        [.. ids.Select(text => QueueId.TryParse(text, out var id) ? id : default).Where(id => id.Value > after.Value).Distinct().OrderBy(id => id.Value)];
}
