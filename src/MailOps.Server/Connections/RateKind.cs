namespace MailOps.Server.Connections;

/// <summary>What is counted by <see cref="RateLimits"/>.</summary>
internal enum RateKind
{
    Connections,
    Commands,
    Messages,
    Recipients,
}
