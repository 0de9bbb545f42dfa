using MailOps.Server.Connections;

namespace MailOps.Server.Tracking;

/// <summary>More became of messages than the tracking log could write down.</summary>
public sealed record TrackingDropped : ServerEvent
{
    /// <summary>How many events are missing in it.</summary>
    public required long Count { get; init; }
}
