namespace MailOps.Server.Connections.Faults;

/// <summary>A fault that was set on the server was played.</summary>
public sealed record FaultInjected : ConnectionEvent
{
    /// <summary>The fault's number.</summary>
    public required int Fault { get; init; }

    /// <summary>What went wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>At which command or place.</summary>
    public required string Command { get; init; }
}
