namespace MailOps.Server.Connections;

/// <summary>The limits that hold for connections of every protocol.</summary>
public sealed record ConnectionLimits
{
    /// <summary>Connections at once, all listeners together. The next one is told so and closed.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Connections at once from one address. 0 means no limit of its own. Of an IPv6 address the /64 counts; over a Unix socket nobody is counted.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 100;

    /// <summary>Whose connections, and what they do (<see cref="RateLimits"/>), are not counted by address: this machine unless others are named, and always those who may use XCLIENT. It may be a program that connects for many.</summary>
    public TrustedNetworks Exempt { get; init; } = TrustedNetworks.Loopback;

    /// <summary>How long a TLS handshake may take, before the greeting or after STARTTLS and STLS. Connections that are open keep the time that they began with.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
