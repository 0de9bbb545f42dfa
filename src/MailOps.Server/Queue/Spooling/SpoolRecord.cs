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

    /// <summary>The TLS version of the connection, or null if it was in the clear or there was none.</summary>
    public string? Tls { get; init; }

    /// <summary>What vouched for the server being the right one: <c>DANE</c>, <c>MTA-STS</c> or <c>PKIX</c>; null if nothing did.</summary>
    public string? VerifiedBy { get; init; }

    /// <summary>What was wrong with TLS though it stopped nothing, or null.</summary>
    public string? TlsProblem { get; init; }

    /// <summary>What the server answered, such as <c>450 4.2.0 Busy</c>, or in the same form what went wrong here.</summary>
    public string? Reply { get; init; }

    /// <summary>How long the try took, or null.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>For <see cref="SpoolEvent.Deferred"/>: when they are tried again.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>For <see cref="SpoolEvent.Sent"/>: true if the server sends no reports of delivery, so that we are the last who can (RFC 3461 section 5.2.2).</summary>
    public bool IsLastReporter { get; init; }

    /// <summary>For <see cref="SpoolEvent.Sent"/>: true if the sender hears that it was passed on, unless it wants to hear nothing (RFC 2852 section 4.1.4).</summary>
    public bool IsTraced { get; init; }

    /// <summary>For <see cref="SpoolEvent.Moved"/>: the target that they go to from then on, or null for the one that their domain has.</summary>
    public string? Route { get; init; }

    /// <summary>For <see cref="SpoolEvent.Reporting"/>: the id of the report.</summary>
    public string? Report { get; init; }
}
