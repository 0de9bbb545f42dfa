using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Queue.Control;

/// <summary>What is asked of the process that has a queue: one line of JSON, the only one on its connection.</summary>
internal sealed record ControlRequest
{
    /// <summary>The version that is spoken here.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the protocol.</summary>
    public required int Version { get; init; }

    /// <summary>What is asked: <c>queues</c>, <c>messages</c>, <c>change</c>, <c>content</c> or <c>route</c>.</summary>
    public required string Verb { get; init; }

    /// <summary>Of lists: which.</summary>
    public QueueFilter? Filter { get; init; }

    /// <summary>Of lists: where they go on.</summary>
    public string? After { get; init; }

    /// <summary>Of a change: what.</summary>
    public QueueOrder? Order { get; init; }

    /// <summary>Of content: the message.</summary>
    public string? Id { get; init; }

    /// <summary>Of a route: whom for.</summary>
    public string? Recipient { get; init; }

    /// <summary>Of a route: whom from, or null for anybody.</summary>
    public string? Sender { get; init; }
}
