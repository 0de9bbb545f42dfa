using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Security;

namespace MailOps.Server.Queue;

/// <content>How fast mail goes to destinations. What was sent in the last minute counts although a destination was empty meanwhile.</content>
internal sealed partial class MailQueue
{
    private readonly Dictionary<string, MinuteLimit> _paces = new(StringComparer.Ordinal);

    private Destination NewDestination(RouteTarget target, SecurityDemand demand)
    {
        var limits = Options.Limits.Of(target);
        MinuteLimit? pace = null;
        if (limits.MaxMessagesPerMinute is { } most && !_paces.TryGetValue(target.Text, out pace))
            _paces.Add(target.Text, pace = new MinuteLimit(most));
        return new Destination(target, demand, limits.MaxConnections ?? Options.MaxConnectionsPerDestination, pace);
    }

    private void ForgetPaces(DateTimeOffset now)
    {
        var used = _paces.Count == 0 ? [] : _destinations.Values.Select(destination => destination.Target.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var (target, _) in _paces.Where(pace => pace.Value.IsIdle(now) && !used.Contains(pace.Key)).ToList())
            _paces.Remove(target);
    }
}
