namespace MailOps.Dns;

/// <summary>Whom a <see cref="MailResolver"/> asks, and how long it waits.</summary>
public sealed record MailResolverOptions
{
    /// <summary>The name server, as an address or a host name. Null: those that the system is set up with.</summary>
    public string? Server { get; init; }

    /// <summary>The name server's port, 1 to 65535.</summary>
    public int Port { get; init; } = 53;

    /// <summary>How long one question may take, with all its retries.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>How often a question without an answer is asked again; the time is shared out evenly.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>How many questions are under way at once; the others wait for their turn.</summary>
    public int MaxConcurrency { get; init; } = 128;

    /// <summary>
    /// Whether answers are kept for their TTL by this resolver object. They should be where many domains share their
    /// exchangers; they should not where a change is waited for.
    /// </summary>
    public bool UseCache { get; init; } = true;

    /// <summary>Which name servers are believed when they say that they validated an answer with DNSSEC.</summary>
    public DnssecTrust Dnssec { get; init; } = DnssecTrust.Loopback;

    /// <summary>The clock that ends a wait.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
