using System.Collections.Immutable;
using MailOps.Server.Queue.Routing;

namespace MailOps.Server.Queue.Scheduling;

/// <summary>The limits of each destination.</summary>
/// <param name="limits">By pattern: a domain or host with A-labels, a dot and a domain for all below it, or <c>*</c> for all; any case.</param>
internal sealed class DestinationLimitTable(IEnumerable<KeyValuePair<string, DestinationLimits>> limits)
{
    private readonly ImmutableDictionary<string, DestinationLimits> _limits = limits.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>No limits.</summary>
    public static DestinationLimitTable None { get; } = new([]);

    /// <summary>The limits of a target, by its domain or host: those of its own name or of the nearest domain above it, and those for all where these say nothing.</summary>
    public DestinationLimits Of(RouteTarget target)
    {
        var everywhere = _limits.GetValueOrDefault(DestinationLimits.Everywhere);
        return (Nearest(target) ?? new DestinationLimits()).Or(everywhere);
    }

    private DestinationLimits? Nearest(RouteTarget target)
    {
        if (_limits.TryGetValue(target.Host, out var own))
            return own;
        for (var dot = target.Address is null ? target.Host.IndexOf('.', StringComparison.Ordinal) : -1; dot >= 0; dot = target.Host.IndexOf('.', dot + 1))
        {
            if (_limits.TryGetValue(target.Host[dot..], out var above))
                return above;
        }

        return null;
    }
}
