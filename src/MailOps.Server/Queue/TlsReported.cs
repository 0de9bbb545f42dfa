using MailOps.Server.Connections;

namespace MailOps.Server.Queue;

/// <summary>A report about TLS was sent to where a domain wants it (RFC 8460), or should have been.</summary>
public sealed record TlsReported : ServerEvent
{
    /// <summary>The domain that the report is about.</summary>
    public required string Domain { get; init; }

    /// <summary>The day that it is about, in UTC.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The report's id, as it stands in it.</summary>
    public required string ReportId { get; init; }

    /// <summary>Where it went: an address, for which it is in the queue or in a mailbox here, or a URL.</summary>
    public required string Target { get; init; }

    /// <summary>Why it did not go, as a sentence; null if it did.</summary>
    public string? Problem { get; init; }

    /// <summary>True if it did not, and is tried again.</summary>
    public bool IsTriedAgain { get; init; }
}
