namespace MailOps.Server.Tracking;

/// <summary>The rows of a tracking log that are alike in what was asked for: how many, how large, how late. What was not asked for is null.</summary>
public sealed class MailTraffic
{
    /// <summary>What they have in common, in one line.</summary>
    public required string Name { get; init; }

    /// <summary>The beginning of the day (UTC).</summary>
    public DateTimeOffset? Day { get; init; }

    /// <summary>The beginning of the hour (UTC).</summary>
    public DateTimeOffset? Hour { get; init; }

    /// <summary>The event.</summary>
    public string? EventId { get; init; }

    /// <summary>What it happened in.</summary>
    public string? Source { get; init; }

    /// <summary>The sender; empty for reports.</summary>
    public string? Sender { get; init; }

    /// <summary>The sender's domain, in small letters; empty for reports.</summary>
    public string? SenderDomain { get; init; }

    /// <summary>The recipient.</summary>
    public string? Recipient { get; init; }

    /// <summary>The recipient's domain, in small letters. A row of several domains counts for each.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>The listener, or the route.</summary>
    public string? ConnectorId { get; init; }

    /// <summary>The client's name, or the next server's.</summary>
    public string? PeerName { get; init; }

    /// <summary>The account that submitted them.</summary>
    public string? Account { get; init; }

    /// <summary>How many rows.</summary>
    public required long Count { get; init; }

    /// <summary>How many recipients in them.</summary>
    public required long Recipients { get; init; }

    /// <summary>Octets of their messages.</summary>
    public required long TotalBytes { get; init; }

    /// <summary>How long after its arrival it happened to half of them, to within 4 percent; null if none has such a time.</summary>
    public TimeSpan? MedianLatency { get; init; }

    /// <summary>How long after its arrival it happened to 95 of 100, to within 4 percent.</summary>
    public TimeSpan? P95Latency { get; init; }

    /// <summary>The longest of these times.</summary>
    public TimeSpan? MaxLatency { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Count}";
}
