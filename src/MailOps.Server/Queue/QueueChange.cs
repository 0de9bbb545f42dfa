namespace MailOps.Server.Queue;

/// <summary>What came of a change to a message in the queue.</summary>
public enum QueueChange
{
    /// <summary>It was made, and is durable.</summary>
    Done,

    /// <summary>There was nothing to change.</summary>
    Unchanged,

    /// <summary>The message is not in the queue: it was sent, came back, or never was.</summary>
    NotFound,

    /// <summary>The message is being sent just now, and may be taken at any moment.</summary>
    UnderWay,
}
