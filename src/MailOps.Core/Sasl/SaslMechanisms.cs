namespace MailOps.Sasl;

/// <summary>The mechanisms that both ends speak. What a protocol advertises is computed from this table.</summary>
public static class SaslMechanisms
{
    /// <summary>All mechanisms, the strongest first: the order in which they are advertised and chosen.</summary>
    public static IReadOnlyList<SaslMechanism> All { get; } =
    [
        Scram(ScramHash.Sha256, bindsChannel: true),
        Scram(ScramHash.Sha1, bindsChannel: true),
        Scram(ScramHash.Sha256, bindsChannel: false),
        Scram(ScramHash.Sha1, bindsChannel: false),
        new("EXTERNAL", SaslSecret.Certificate, context => new ExternalServer(context), context => new ExternalClient(context.Authorization.Length > 0 ? context.Authorization : context.User)) { CarriesAuthorization = true },
        new("OAUTHBEARER", SaslSecret.Token, context => new OAuthBearerServer(context), BearerClient.OAuthBearer),
        new("XOAUTH2", SaslSecret.Token, context => new XOAuth2Server(context), BearerClient.XOAuth2),
        new("CRAM-MD5", SaslSecret.Proof, context => new CramMd5Server(context), context => new CramMd5Client(context.User, context.Secret)),
        new("PLAIN", SaslSecret.Password, context => new PlainServer(context.Store), context => new PlainClient(context.User, context.Secret, context.Authorization)) { CarriesAuthorization = true },
        new("LOGIN", SaslSecret.Password, context => new LoginServer(context.Store), context => new LoginClient(context.User, context.Secret)),
    ];

    /// <summary>The mechanism of that name in any case, or null.</summary>
    public static SaslMechanism? Find(string name) =>
        All.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Starts the server's side of an exchange, or returns null if the mechanism is not known.</summary>
    public static ISaslServer? CreateServer(string name, SaslServerContext context) => Find(name)?.Server(context);

    /// <inheritdoc cref="CreateServer(string, SaslServerContext)"/>
    public static ISaslServer? CreateServer(string name, ICredentialStore store) => CreateServer(name, new SaslServerContext(store));

    /// <summary>Starts the client's side of an exchange, or returns null if the mechanism is not known.</summary>
    /// <exception cref="SaslException">The name or the secret holds characters that the mechanism cannot carry, or the connection cannot be bound to.</exception>
    public static ISaslClient? CreateClient(string name, SaslClientContext context) => Find(name)?.Client(context);

    /// <inheritdoc cref="CreateClient(string, SaslClientContext)"/>
    public static ISaslClient? CreateClient(string name, string user, string password) => CreateClient(name, new SaslClientContext(user, password));

    /// <summary>
    /// The strongest of the mechanisms that a server offers for who has a password, or null if none is known or allowed. Tokens and
    /// certificates are asked for by name: a password must not go where a token is meant.
    /// </summary>
    /// <param name="offered">The names as the server listed them, in any case.</param>
    /// <param name="allowPlaintext">Whether the password itself may be sent: true inside TLS.</param>
    /// <param name="canBind">Whether this end can bind to the channel.</param>
    /// <param name="mustAuthorize">Whether it has to carry whom to act as.</param>
    public static SaslMechanism? Choose(IEnumerable<string> offered, bool allowPlaintext, bool canBind = false, bool mustAuthorize = false)
    {
        var names = offered.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return All.FirstOrDefault(one => names.Contains(one.Name) && (one.Secret is SaslSecret.Proof || (one.Secret is SaslSecret.Password && allowPlaintext)) && (canBind || !one.BindsChannel) && (one.CarriesAuthorization || !mustAuthorize));
    }

    private static SaslMechanism Scram(ScramHash hash, bool bindsChannel) => new(
        bindsChannel ? hash.Mechanism + "-PLUS" : hash.Mechanism,
        SaslSecret.Proof,
        context => new ScramServer(hash, context, bindsChannel),
        context => new ScramClient(hash, context, bindsChannel))
    {
        ScramKeys = hash.Mechanism,
        BindsChannel = bindsChannel,
        CarriesAuthorization = true,
    };
}
