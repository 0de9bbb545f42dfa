namespace MailOps.Server.Tracking;

/// <summary>A row of the tracking log: something that became of a message, in the columns of Exchange's where it has them.</summary>
public sealed class MailTrackingEntry
{
    /// <summary>When.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary><c>RECEIVE</c>, <c>EXPAND</c>, <c>DELIVER</c>, <c>SEND</c>, <c>DEFER</c>, <c>MOVE</c>, <c>FAIL</c> or <c>DSN</c>.</summary>
    public required string EventId { get; init; }

    /// <summary>What it happened in: <c>SMTP</c>, <c>SUBMISSION</c> or <c>LMTP</c>, <c>ROUTING</c>, <c>STORE</c>, <c>QUEUE</c> or <c>DSN</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The message's id, which the client that brought it was told; empty for DEFER of a whole destination.</summary>
    public required string Id { get; init; }

    /// <summary>The Message-ID field with its brackets, or null.</summary>
    public string? MessageId { get; init; }

    /// <summary>The envelope's sender; empty for a report, and for a destination.</summary>
    public required string Sender { get; init; }

    /// <summary>The recipients that the row is about; for DELIVER the accounts, for DSN who was told. None for a destination.</summary>
    public required string[] Recipients { get; init; }

    /// <summary>Octets of the message, or null where they are not known.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>The Subject field, decoded and cut at 256 characters, or null.</summary>
    public string? MessageSubject { get; init; }

    /// <summary>The listener that the message came to, or the destination in the queue that it was tried for (a domain, or the target of a route); for DSN the report's. Null where there is none.</summary>
    public string? ConnectorId { get; init; }

    /// <summary>What the client called itself, or the name of the next server; null if there was none.</summary>
    public string? PeerName { get; init; }

    /// <summary>The client's address, or the next server's address and port; null if there was none.</summary>
    public string? PeerAddress { get; init; }

    /// <summary>The reply with its codes, or what else there is to say; null if there is nothing.</summary>
    public string? Status { get; init; }

    /// <summary>How long after its arrival it happened, or null.</summary>
    public TimeSpan? MessageLatency { get; init; }

    /// <summary>How long the try took, or null.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>For RECEIVE the destinations in the queue that it goes on to, with <c>"; "</c> between them; for EXPAND the address that became others; for DEFER when it is tried again, in UTC; for DSN the report's own id. Otherwise null.</summary>
    public string? Reference { get; init; }

    /// <summary>The account that submitted the message, or null.</summary>
    public string? Account { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Timestamp:yyyy-MM-dd HH:mm:ss} {EventId} {Id} <{Sender}> {string.Join(", ", Recipients)} {Status}";
}
