namespace MailOps.Server.Queue;

/// <summary>What became of a recipient elsewhere.</summary>
public enum OutboundOutcome
{
    /// <summary>The next server has taken the message.</summary>
    Sent,

    /// <summary>It is tried again.</summary>
    Deferred,

    /// <summary>It will never be taken.</summary>
    Failed,

    /// <summary>An administrator gave it another route.</summary>
    Moved,
}
