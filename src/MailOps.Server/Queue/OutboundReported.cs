using MailOps.Server.Connections;

namespace MailOps.Server.Queue;

/// <summary>The sender of a message in the queue was told what became of recipients.</summary>
public sealed record OutboundReported : ServerEvent
{
    /// <summary>The message's id.</summary>
    public required string MessageId { get; init; }

    /// <summary>The sender, who was told.</summary>
    public required string Sender { get; init; }

    /// <summary>The report's own id.</summary>
    public string? ReportId { get; init; }

    /// <summary>The report's own Message-ID field, or null.</summary>
    public string? ReportMessageId { get; init; }

    /// <summary>Octets of the report, or null.</summary>
    public long? ReportSize { get; init; }

    /// <summary>The accounts here that have the report.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>The destination that the report waits for, or null.</summary>
    public string? Destination { get; init; }

    /// <summary>The message's Message-ID field, or null.</summary>
    public string? InternetMessageId { get; init; }

    /// <summary>The message's Subject field, not decoded, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>The recipients.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>What was said of them: <c>failed</c>, <c>delayed</c> or <c>relayed</c> (RFC 3464 section 2.3.3).</summary>
    public required string Action { get; init; }
}
