namespace MailOps.Server.Connections;

/// <summary>The limits that hold for connections of every protocol.</summary>
public sealed record ConnectionLimits
{
    /// <summary>Connections at once, all listeners together. The next one is told so and closed.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Connections at once from one address. 0 means no limit of its own.</summary>
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary>How long a TLS handshake may take, before the greeting or after STARTTLS and STLS. Connections that are open keep the time that they began with.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
