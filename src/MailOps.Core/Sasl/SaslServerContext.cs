namespace MailOps.Sasl;

/// <summary>What the server's mechanisms stand on: the accounts, and what is known of the connection.</summary>
/// <param name="Store">Where credentials are looked up.</param>
public sealed record SaslServerContext(ICredentialStore Store)
{
    /// <summary>The server's name, for challenges that show it.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>What the connection can be bound by, or null outside TLS.</summary>
    public ChannelBinding? Binding { get; init; }

    /// <summary>True if mechanisms that bind to the channel were offered to this client: one that says it could bind and saw none was lied to.</summary>
    public bool OffersBinding { get; init; }

    /// <summary>The names in a client's certificate that is trusted.</summary>
    public IReadOnlyList<string> CertificateNames { get; init; } = [];

    /// <summary>Who says whether a token is good, or null if nobody does.</summary>
    public ITokenValidator? Tokens { get; init; }
}
