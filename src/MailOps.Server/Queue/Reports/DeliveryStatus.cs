namespace MailOps.Server.Queue.Reports;

/// <summary>What a report says of one recipient (RFC 3464 section 2.3).</summary>
internal sealed record DeliveryStatus
{
    /// <summary>The address that it was sent to.</summary>
    public required string Recipient { get; init; }

    /// <summary>The address that the sender gave, <c>type;address</c>, or null if that is not known.</summary>
    public string? Original { get; init; }

    /// <summary>What became of it.</summary>
    public required DeliveryAction Action { get; init; }

    /// <summary>The enhanced status code.</summary>
    public required string Status { get; init; }

    /// <summary>What a server answered, or what went wrong on the way to it, as a reply; null where all went well.</summary>
    public string? Diagnostic { get; init; }

    /// <summary>The server that answered, or null.</summary>
    public string? RemoteHost { get; init; }

    /// <summary>When it was tried last, or null.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Until when it is tried again, for <see cref="DeliveryAction.Delayed"/>.</summary>
    public DateTimeOffset? Until { get; init; }
}
