namespace MailOps.Server.Tracking;

/// <summary>What rows are put together by.</summary>
public enum MailTrafficKey
{
    /// <summary>The event.</summary>
    EventId,

    /// <summary>What it happened in.</summary>
    Source,

    /// <summary>The day (UTC).</summary>
    Day,

    /// <summary>The hour (UTC).</summary>
    Hour,

    /// <summary>The sender.</summary>
    Sender,

    /// <summary>The sender's domain.</summary>
    SenderDomain,

    /// <summary>The recipient.</summary>
    Recipient,

    /// <summary>The recipient's domain.</summary>
    RecipientDomain,

    /// <summary>The listener, or the route.</summary>
    ConnectorId,

    /// <summary>The client's name, or the next server's.</summary>
    PeerName,

    /// <summary>The account that submitted them.</summary>
    Account,
}
