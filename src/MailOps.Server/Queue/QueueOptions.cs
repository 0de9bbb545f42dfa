using MailOps.Server.Queue.Scheduling;

namespace MailOps.Server.Queue;

/// <summary>The queue's times and limits.</summary>
internal sealed record QueueOptions
{
    /// <summary>How long a message is tried before it goes back to its sender (RFC 5321 section 4.5.4.1: four to five days).</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>After how long a sender is warned that a message still waits, or null for never.</summary>
    public TimeSpan? WarnAfter { get; init; } = TimeSpan.FromHours(4);

    /// <summary>A message of more octets than this does not come back as a whole with a report, unless its sender asked for that.</summary>
    public long MostReturned { get; init; } = 50 * 1024;

    /// <summary>The first interval between two tries; the next are as long as the message is old.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest interval between two tries.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a destination that cannot be reached is left alone at first; twice as long each time it cannot, up to <see cref="LongestRetry"/>.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many connections to all destinations together are open.</summary>
    public int MaxConnections { get; init; } = 100;

    /// <summary>The limits of each destination; where they say nothing, the next two hold.</summary>
    public DestinationLimitTable Limits { get; init; } = DestinationLimitTable.None;

    /// <summary>How many connections to one destination are open.</summary>
    public int MaxConnectionsPerDestination { get; init; } = 20;

    /// <summary>How many messages are sent over one connection.</summary>
    public int MaxMessagesPerConnection { get; init; } = 100;

    /// <summary>How long a host may take until mail can be sent to it, while another destination waits for a connection. Otherwise the time-outs of the protocol count.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection waits for another message.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);
}
