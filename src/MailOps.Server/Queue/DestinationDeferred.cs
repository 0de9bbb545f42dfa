using MailOps.Server.Connections;

namespace MailOps.Server.Queue;

/// <summary>A destination could not be reached, or wants no mail now: what waits there is tried again later.</summary>
public sealed record DestinationDeferred : ServerEvent
{
    /// <summary>The destination: a domain, or the target of a route, and behind that what is asked of connections where that is not the usual.</summary>
    public required string Destination { get; init; }

    /// <summary>What was in the way, as a reply.</summary>
    public required string Reply { get; init; }

    /// <summary>Until when it is left alone.</summary>
    public required DateTimeOffset NextTry { get; init; }

    /// <summary>How many messages wait there, but for one whose own try it was.</summary>
    public required int Waiting { get; init; }
}
