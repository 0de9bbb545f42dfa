namespace MailOps.Trust.Arc;

/// <summary>What a chain is worth (RFC 8617 section 4.4).</summary>
internal enum ArcStatus
{
    /// <summary>The message has no chain.</summary>
    None,

    /// <summary>Each set holds, and the newest vouches for the message as it is.</summary>
    Pass,

    /// <summary>The chain is broken. That is for good, and so is a key that could not be asked for (section 5.2.1).</summary>
    Fail,
}
