namespace MailOps.Client.Mailboxes;

/// <summary>A message that was copied or moved from one folder into another.</summary>
public sealed record ImapCopiedMessage
{
    /// <summary>The folder that it was in.</summary>
    public required string Folder { get; init; }

    /// <summary>Its UID there.</summary>
    public required uint Uid { get; init; }

    /// <summary>The folder that it is in.</summary>
    public required string Destination { get; init; }

    /// <summary>Its UID there; null if the server does not tell (it has not UIDPLUS).</summary>
    public required uint? DestinationUid { get; init; }
}
