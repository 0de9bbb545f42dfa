namespace MailOps.Client.Migration;

/// <summary>A message that did not arrive, because one of the two servers refused it.</summary>
public sealed record RefusedMessage
{
    /// <summary>The folder's path in the source.</summary>
    public required string Folder { get; init; }

    /// <summary>What the source calls it: over IMAP its UID.</summary>
    public required string Id { get; init; }

    /// <summary>Octets.</summary>
    public required long Size { get; init; }

    /// <summary>Why, in the server's own words.</summary>
    public required string Reason { get; init; }

    /// <summary>Where it is kept; null if the source could not show it.</summary>
    public required string? Path { get; init; }
}
