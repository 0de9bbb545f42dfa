namespace MailOps.Sasl;

/// <summary>One line in the table of mechanisms.</summary>
/// <param name="Name">The registered name, in upper case.</param>
/// <param name="IsPlaintext">True if the password itself crosses the wire: not outside TLS.</param>
/// <param name="Server">Makes the server's side of an exchange.</param>
/// <param name="Client">Makes the client's side of an exchange from a user name and a password.</param>
public sealed record SaslMechanism(
    string Name,
    bool IsPlaintext,
    Func<ICredentialStore, ISaslServer> Server,
    Func<string, string, ISaslClient> Client);
