namespace MailOps.Server.Queue.Spooling;

/// <summary>What may become of a recipient.</summary>
internal enum SpoolEvent
{
    /// <summary>The next server has taken responsibility. Final.</summary>
    Sent = 1,

    /// <summary>It will never be taken. Final.</summary>
    Failed,

    /// <summary>It is tried again.</summary>
    Deferred,

    /// <summary>A report of how it ended is being made; its id is known, so that it is not made twice.</summary>
    Reporting,

    /// <summary>The sender was told how it ended.</summary>
    Reported,

    /// <summary>An administrator gave it another route, or its usual one back.</summary>
    Moved,
}
