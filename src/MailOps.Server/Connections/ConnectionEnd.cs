namespace MailOps.Server.Connections;

/// <summary>How a connection ended.</summary>
public enum ConnectionEnd
{
    /// <summary>The session ended it, as the protocol has it.</summary>
    Completed,

    /// <summary>The client went away.</summary>
    ClosedByPeer,

    /// <summary>The client was silent, or did not read, for too long.</summary>
    TimedOut,

    /// <summary>The server stopped.</summary>
    ServerStopped,

    /// <summary>An administrator ended it.</summary>
    SessionStopped,

    /// <summary>A limit or a violation of the protocol ended it.</summary>
    Dropped,

    /// <summary>A fault of the server's own ended it.</summary>
    Faulted,
}
