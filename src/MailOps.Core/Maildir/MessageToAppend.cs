namespace MailOps.Maildir;

/// <summary>A message for APPEND.</summary>
/// <param name="Message">The message, begun by the same store.</param>
/// <param name="Flags">The flags that it gets.</param>
/// <param name="InternalDate">The time of its arrival; null for now.</param>
public readonly record struct MessageToAppend(IDelivery Message, MessageFlagSet Flags, DateTimeOffset? InternalDate)
{
    /// <summary>The octets of a message of the account that goes when this one is there, and gives its room to it; null if none does (REPLACE, RFC 8508 section 3.4).</summary>
    public long? Replaces { get; init; }
}
