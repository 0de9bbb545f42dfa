using System.Text.Json.Serialization;

namespace MailOps.Server.Queue.Administration;

/// <summary>The messages that wait for one destination, in the columns of Exchange's Get-Queue. It was so when the object was made.</summary>
public sealed class MailQueueInfo
{
    /// <summary>The number of the server, if it runs in this process.</summary>
    [JsonIgnore]
    public int? ServerId { get; private set; }

    /// <summary>The store whose queue was asked, if it was named.</summary>
    [JsonIgnore]
    public string? StorePath { get; private set; }

    /// <summary>The queue's name: the server's number if it has one, a backslash, and the next hop.</summary>
    [JsonIgnore]
    public string Identity => $@"{ServerId}\{NextHopDomain}";

    /// <summary>The domain whose servers are asked for, or the target of a route, such as <c>[relay.example.com]:587</c>.</summary>
    public required string NextHopDomain { get; init; }

    /// <summary>Messages that wait or are being sent.</summary>
    public required int MessageCount { get; init; }

    /// <summary>How many of them an administrator holds.</summary>
    public required int SuspendedCount { get; init; }

    /// <summary>How many of them wait for the time before which their senders do not want them to leave (RFC 4865).</summary>
    public int ScheduledCount { get; init; }

    /// <summary><c>Active</c> while a connection is open, <c>Retry</c> while it is waited, <c>Suspended</c> if all messages are held by an administrator, <c>Scheduled</c> if all others wait for their release, otherwise <c>Ready</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Connections that are open or being opened.</summary>
    public required int Connections { get; init; }

    /// <summary>The last thing that went wrong since a message was taken, as a reply, or null.</summary>
    public string? LastError { get; init; }

    /// <summary>When something is tried next, or null if nothing waits for a time.</summary>
    public DateTimeOffset? NextRetryTime { get; init; }

    /// <summary>Messages that came in the last minute.</summary>
    public required int IncomingRate { get; init; }

    /// <summary>Messages that left in the last minute: sent, moved, removed or given back.</summary>
    public required int OutgoingRate { get; init; }

    /// <summary>How much faster messages leave than come, in messages a minute; below zero while the queue grows.</summary>
    public int Velocity => OutgoingRate - IncomingRate;

    /// <summary>Says where this comes from: the number of a server of this process, and the store that was named.</summary>
    public MailQueueInfo From(int? serverId, string? storePath)
    {
        (ServerId, StorePath) = (serverId, storePath);
        return this;
    }

    internal static MailQueueInfo Of(QueueState state, DateTimeOffset now) => new()
    {
        NextHopDomain = state.Target,
        MessageCount = state.Count,
        SuspendedCount = state.Suspended,
        ScheduledCount = state.Scheduled,
        Status = state.Connections > 0 ? "Active" : state.Suspended == state.Count ? "Suspended" : state.Suspended + state.Scheduled == state.Count ? "Scheduled" : state.IsBackedOff || state.NextTry > now ? "Retry" : "Ready",
        Connections = state.Connections,
        LastError = state.LastError,
        NextRetryTime = state.NextTry,
        IncomingRate = state.Incoming,
        OutgoingRate = state.Outgoing,
    };
}
