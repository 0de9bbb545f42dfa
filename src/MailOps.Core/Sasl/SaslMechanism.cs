namespace MailOps.Sasl;

/// <summary>One line in the table of mechanisms.</summary>
/// <param name="Name">The registered name, in upper case.</param>
/// <param name="Secret">By what it shows who somebody is.</param>
/// <param name="Server">Makes the server's side of an exchange.</param>
/// <param name="Client">Makes the client's side of an exchange.</param>
public sealed record SaslMechanism(
    string Name,
    SaslSecret Secret,
    Func<SaslServerContext, ISaslServer> Server,
    Func<SaslClientContext, ISaslClient> Client)
{
    /// <summary>True if what crosses the wire lets whoever reads it log in: not outside TLS.</summary>
    public bool IsPlaintext => Secret is SaslSecret.Password or SaslSecret.Token;

    /// <summary>The SCRAM mechanism whose keys this one needs, or null if it is none.</summary>
    public string? ScramKeys { get; init; }

    /// <summary>True if it can carry whom to act as, beside who logs in. That of OAUTHBEARER is the account that its token is for.</summary>
    public bool CarriesAuthorization { get; init; }

    /// <summary>True if it binds to the TLS connection.</summary>
    public bool BindsChannel { get; init; }
}
