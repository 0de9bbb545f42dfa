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

    /// <summary>The sender was told that it takes long.</summary>
    DelayReported,

    /// <summary>The sender was told what became of it, or need not be.</summary>
    Reported,
}
