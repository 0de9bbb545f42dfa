namespace MailOps.Server.Queue.Administration;

/// <summary>
/// A queue as an administrator meets it, whoever has it: a server of this process, one of another, or nobody. What cannot be done is a value or
/// a <see cref="QueueAccessException"/>, and <see cref="Maildir.MailStoreException"/> where the disk is in the way.
/// </summary>
public interface IQueueAccess
{
    /// <summary>The destinations that messages wait for, by name.</summary>
    /// <param name="filter">Which; its next hops count.</param>
    /// <param name="after">What the page before said, or null for the first.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<QueuePage<MailQueueInfo>> GetQueuesAsync(QueueFilter filter, string? after, CancellationToken cancel);

    /// <summary>The messages that wait, by arrival.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">What the page before said, or null for the first.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<QueuePage<MailQueueMessage>> GetMessagesAsync(QueueFilter filter, string? after, CancellationToken cancel);

    /// <summary>Changes a message. What was done is durable when it ends.</summary>
    /// <param name="order">What is to be done.</param>
    /// <param name="cancel">Ends the wait, not the change.</param>
    Task<QueueChange> ChangeAsync(QueueOrder order, CancellationToken cancel);

    /// <summary>Opens a message.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Null if it is not in the queue.</returns>
    Task<ExportedMessage?> OpenMessageAsync(string id, CancellationToken cancel);

    /// <summary>What would become of mail for an address now, step by step; nothing is sent.</summary>
    /// <param name="question">The address, and who sends.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<IReadOnlyList<MailRouteStep>> TestRouteAsync(RouteQuestion question, CancellationToken cancel);
}
