namespace MailOps.Server.Queue;

/// <summary>A destination of the queue as it was when it was looked at.</summary>
/// <param name="Target">Where it is: a domain, or the target of a route.</param>
/// <param name="Count">Messages that wait or are being sent.</param>
/// <param name="Suspended">How many of them are held.</param>
/// <param name="Connections">Connections that are open or being opened.</param>
/// <param name="LastError">The last thing that went wrong since a message was taken, or null.</param>
/// <param name="NextTry">When something is tried next, or null if all is held or being sent.</param>
/// <param name="IsBackedOff">True if the destination as a whole is left alone until then.</param>
internal sealed record QueueState(string Target, int Count, int Suspended, int Connections, string? LastError, DateTimeOffset? NextTry, bool IsBackedOff)
{
    /// <summary>How many wait for the time before which their senders do not want them to leave.</summary>
    public int Scheduled { get; init; }

    /// <summary>Messages that came in the last minute.</summary>
    public int Incoming { get; init; }

    /// <summary>Messages that left in the last minute.</summary>
    public int Outgoing { get; init; }
}
