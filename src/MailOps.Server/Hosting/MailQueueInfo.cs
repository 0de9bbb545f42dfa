using MailOps.Server.Queue;

namespace MailOps.Server.Hosting;

/// <summary>The messages that wait for one destination, in the columns of Exchange's Get-Queue. It was so when the object was made.</summary>
public sealed class MailQueueInfo
{
    /// <summary>The number of the server.</summary>
    public required int ServerId { get; init; }

    /// <summary>The queue's name: the server's number, a backslash, and the next hop.</summary>
    public required string Identity { get; init; }

    /// <summary>The domain whose servers are asked for, or the target of a route, such as <c>[relay.example.com]:587</c>.</summary>
    public required string NextHopDomain { get; init; }

    /// <summary>Messages that wait or are being sent.</summary>
    public required int MessageCount { get; init; }

    /// <summary>How many of them are held.</summary>
    public required int SuspendedCount { get; init; }

    /// <summary><c>Active</c> while a connection is open, <c>Retry</c> while it is waited, <c>Suspended</c> if all messages are held, otherwise <c>Ready</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Connections that are open or being opened.</summary>
    public required int Connections { get; init; }

    /// <summary>The last thing that went wrong since a message was taken, as a reply, or null.</summary>
    public string? LastError { get; init; }

    /// <summary>When something is tried next, or null if nothing waits for a time.</summary>
    public DateTimeOffset? NextRetryTime { get; init; }

    internal static MailQueueInfo Of(int serverId, QueueState state, DateTimeOffset now) => new()
    {
        ServerId = serverId,
        Identity = $@"{serverId}\{state.Target}",
        NextHopDomain = state.Target,
        MessageCount = state.Count,
        SuspendedCount = state.Suspended,
        Status = state.Connections > 0 ? "Active" : state.Suspended == state.Count ? "Suspended" : state.IsBackedOff || state.NextTry > now ? "Retry" : "Ready",
        Connections = state.Connections,
        LastError = state.LastError,
        NextRetryTime = state.NextTry,
    };
}
