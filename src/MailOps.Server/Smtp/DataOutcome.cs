namespace MailOps.Server.Smtp;

/// <summary>How the octets of a message ended.</summary>
internal enum DataOutcome
{
    /// <summary>With the final dot; all of it was taken.</summary>
    Complete,

    /// <summary>With the final dot; it was larger than allowed.</summary>
    TooLarge,

    /// <summary>With the final dot; the disk is full.</summary>
    StorageFull,

    /// <summary>With the final dot; the disk does not do its part.</summary>
    StorageBroken,

    /// <summary>With the final dot; it has come through so many servers that it must go round in a loop.</summary>
    Loop,

    /// <summary>A CR or LF stood alone.</summary>
    BareLineEnd,

    /// <summary>A NUL came.</summary>
    Nul,

    /// <summary>The client went silent.</summary>
    TimedOut,

    /// <summary>The session was stopped, and the message did not come in the time that was left.</summary>
    Stopped,

    /// <summary>The client went away before the final dot, or would not end.</summary>
    Disconnected,
}
