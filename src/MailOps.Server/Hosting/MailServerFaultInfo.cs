using MailOps.Server.Connections.Faults;

namespace MailOps.Server.Hosting;

/// <summary>A fault that is set on a server of this process, as it was when the object was made.</summary>
public sealed class MailServerFaultInfo
{
    /// <summary>The number of the server.</summary>
    public required int ServerId { get; init; }

    /// <summary>The number of the fault, unique in its server's life.</summary>
    public required int FaultId { get; init; }

    /// <summary>What goes wrong.</summary>
    public required string Kind { get; init; }

    /// <summary>The protocols that it is for; empty for all.</summary>
    public required string[] Protocol { get; init; }

    /// <summary>The commands that it is for; empty for the usual place of its kind.</summary>
    public required string[] Command { get; init; }

    /// <summary>The recipients that it is for; empty for all.</summary>
    public required string[] Recipient { get; init; }

    /// <summary>The accounts that it is for; empty for all.</summary>
    public required string[] Account { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Detail { get; init; }

    /// <summary>How often it is played at most; null for always.</summary>
    public required int? Count { get; init; }

    /// <summary>How many occasions pass first.</summary>
    public required int Skip { get; init; }

    /// <summary>The share of sessions.</summary>
    public required double Share { get; init; }

    /// <summary>The seed that chooses them.</summary>
    public required int Seed { get; init; }

    /// <summary>How often it was played.</summary>
    public required long Played { get; init; }

    internal static MailServerFaultInfo Of(int serverId, ActiveFault fault)
    {
        var rule = fault.Rule;
        return new MailServerFaultInfo
        {
            ServerId = serverId,
            FaultId = fault.Id,
            Kind = rule.Kind.ToString(),
            Protocol = [.. rule.Protocols],
            Command = [.. rule.Commands],
            Recipient = [.. rule.Recipients],
            Account = [.. rule.Accounts],
            Detail = rule.Kind switch
            {
                FaultKind.Reply => rule.Reply,
                FaultKind.Delay or FaultKind.Greylist => $"{rule.Kind} {rule.Time}",
                FaultKind.DropAfter or FaultKind.Truncate => $"{rule.Kind} {rule.Number} octets",
                FaultKind.Throttle => $"{rule.Number} messages a minute",
                _ => rule.Kind.ToString(),
            },
            Count = rule.Count,
            Skip = rule.Skip,
            Share = rule.Share,
            Seed = rule.Seed,
            Played = fault.Played,
        };
    }
}
