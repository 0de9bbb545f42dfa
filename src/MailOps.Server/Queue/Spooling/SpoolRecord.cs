using System.Collections.Immutable;

namespace MailOps.Server.Queue.Spooling;

/// <summary>Something that became of recipients: a line behind the envelope.</summary>
internal sealed record SpoolRecord
{
    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What.</summary>
    public required SpoolEvent Event { get; init; }

    /// <summary>The recipients' numbers, from 1.</summary>
    public required ImmutableArray<int> Recipients { get; init; }

    /// <summary>The name of the server that answered, or was to; null if none was found.</summary>
    public string? Host { get; init; }

    /// <summary>The address and port of that server, or null if there was no connection.</summary>
    public string? Remote { get; init; }

    /// <summary>What the server answered, such as <c>450 4.2.0 Busy</c>, or in the same form what went wrong here.</summary>
    public string? Reply { get; init; }

    /// <summary>For <see cref="SpoolEvent.Deferred"/>: when they are tried again.</summary>
    public DateTimeOffset? Until { get; init; }
}
