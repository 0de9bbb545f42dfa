namespace MailOps.Sasl;

/// <summary>What the client's mechanisms stand on.</summary>
/// <param name="User">The user name; for EXTERNAL the identity to act as, empty for that of the certificate.</param>
/// <param name="Secret">The password, or for OAUTHBEARER and XOAUTH2 the access token.</param>
public sealed record SaslClientContext(string User, string Secret)
{
    /// <summary>Whom to act as, where that is another than who logs in (RFC 4422 section 2, authorization identity); empty for oneself.</summary>
    public string Authorization { get; init; } = "";

    /// <summary>What the connection can be bound by, or null if it cannot.</summary>
    public ChannelBinding? Binding { get; init; }

    /// <summary>The mechanisms that the server offered.</summary>
    public IReadOnlyCollection<string> Offered { get; init; } = [];

    /// <summary>The server's name as it was asked for.</summary>
    public string? Host { get; init; }

    /// <summary>The server's port.</summary>
    public int? Port { get; init; }
}
