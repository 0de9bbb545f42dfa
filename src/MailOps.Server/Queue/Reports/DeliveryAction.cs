namespace MailOps.Server.Queue.Reports;

/// <summary>What a report says of a recipient (RFC 3464 section 2.3.3).</summary>
internal enum DeliveryAction
{
    /// <summary>It could not be delivered, and nothing more is tried.</summary>
    Failed,

    /// <summary>It could not be delivered yet.</summary>
    Delayed,

    /// <summary>It is in a mailbox.</summary>
    Delivered,

    /// <summary>It was taken by a server that sends no reports of success.</summary>
    Relayed,

    /// <summary>It is an alias of several addresses, to which it was sent on; what becomes of it there is told only where it fails.</summary>
    Expanded,
}
