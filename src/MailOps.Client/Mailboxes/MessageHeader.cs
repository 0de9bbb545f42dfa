namespace MailOps.Client.Mailboxes;

/// <summary>One field of a message's header.</summary>
public sealed class MessageHeader
{
    /// <summary>The name as it stands in the message.</summary>
    public required string Name { get; init; }

    /// <summary>The content, unfolded, encoded words decoded.</summary>
    public required string Value { get; init; }

    /// <summary>The field as a line.</summary>
    public override string ToString() => $"{Name}: {Value}";
}
