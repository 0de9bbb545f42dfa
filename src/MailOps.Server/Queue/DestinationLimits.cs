namespace MailOps.Server.Queue;

/// <summary>How fast mail goes to a destination. What is null is for a wider pattern to say, or has its default.</summary>
public sealed record DestinationLimits
{
    /// <summary>The most that <see cref="MaxConnections"/> may be.</summary>
    public const int MostConnections = 1000;

    /// <summary>The most that <see cref="MaxMessagesPerConnection"/> and <see cref="MaxMessagesPerMinute"/> may be.</summary>
    public const int MostMessages = 100_000;

    /// <summary>The pattern of all destinations.</summary>
    public const string Everywhere = "*";

    /// <summary>Connections that are open at once, 1 to <see cref="MostConnections"/>.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Messages that are sent over one connection, 1 to <see cref="MostMessages"/>.</summary>
    public int? MaxMessagesPerConnection { get; init; }

    /// <summary>Messages that are sent in any 60 seconds, 1 to <see cref="MostMessages"/>.</summary>
    public int? MaxMessagesPerMinute { get; init; }

    /// <summary>These limits, and others where these say nothing.</summary>
    public DestinationLimits Or(DestinationLimits? wider) => wider is null ? this : new()
    {
        MaxConnections = MaxConnections ?? wider.MaxConnections,
        MaxMessagesPerConnection = MaxMessagesPerConnection ?? wider.MaxMessagesPerConnection,
        MaxMessagesPerMinute = MaxMessagesPerMinute ?? wider.MaxMessagesPerMinute,
    };
}
