namespace MailOps.Server.Queue.Administration;

/// <summary>What an administrator wants done with a message.</summary>
/// <param name="Action">What.</param>
/// <param name="Id">The message.</param>
public sealed record QueueOrder(QueueAction Action, string Id)
{
    /// <summary>For <see cref="QueueAction.Move"/>: the target of the route, as a <see cref="Routing.RouteTarget"/> is written; null for the route that each domain has.</summary>
    public string? Route { get; init; }
}
