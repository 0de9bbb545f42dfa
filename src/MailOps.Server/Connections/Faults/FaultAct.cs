namespace MailOps.Server.Connections.Faults;

/// <summary>What a session is to play instead of, or before, what it would do.</summary>
/// <param name="Delay">How long to wait first.</param>
/// <param name="Kind">What then; null for nothing else.</param>
/// <param name="Reply">The answer of <see cref="FaultKind.Reply"/>.</param>
/// <param name="Octets">The octets of <see cref="FaultKind.DropAfter"/> and <see cref="FaultKind.Truncate"/>.</param>
internal readonly record struct FaultAct(TimeSpan Delay, FaultKind? Kind, string Reply, long Octets);
