using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue.Reports;

/// <summary>A report that is durable: in mailboxes here, or in the queue; neither where nobody can be told.</summary>
internal sealed record SentReport
{
    /// <summary>Nobody was told, or it is not known who was.</summary>
    public static SentReport Nowhere { get; } = new();

    /// <summary>Its Message-ID field, or null.</summary>
    public string? MessageId { get; init; }

    /// <summary>Octets of it, or null.</summary>
    public long? Size { get; init; }

    /// <summary>The accounts here that have it.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>Its place in the queue, or null.</summary>
    public QueueEntry? Entry { get; init; }

    /// <summary>Its envelope, with <see cref="Entry"/>.</summary>
    public Envelope? Envelope { get; init; }

    /// <summary>The destinations that it waits for.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];
}
