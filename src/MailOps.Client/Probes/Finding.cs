namespace MailOps.Client.Probes;

/// <summary>One thing that a probe looked at, and what it saw.</summary>
public sealed record Finding
{
    /// <summary>What was looked at: a stable name in Pascal case, or the name of a TLS version. Scripts filter by it.</summary>
    public required string Check { get; init; }

    /// <summary>How it stands.</summary>
    public required FindingStatus Status { get; init; }

    /// <summary>What was found, and what to do about it, as a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>What was seen: the reply, the alert, the field of the certificate. Empty if there was nothing to see.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>What says how it should be: an RFC and its section. Empty where no standard does.</summary>
    public string Source { get; init; } = "";

    /// <summary>The status, the check and the message.</summary>
    public override string ToString() => $"{Status} {Check}: {Message}";
}
