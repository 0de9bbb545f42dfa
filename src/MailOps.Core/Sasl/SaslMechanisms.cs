namespace MailOps.Sasl;

/// <summary>The mechanisms that both ends speak. What a protocol advertises is computed from this table.</summary>
public static class SaslMechanisms
{
    /// <summary>All mechanisms, the strongest first: the order in which they are advertised and chosen.</summary>
    public static IReadOnlyList<SaslMechanism> All { get; } =
    [
        new("SCRAM-SHA-256", IsPlaintext: false, store => new ScramServer(ScramHash.Sha256, store), (user, password) => new ScramClient(ScramHash.Sha256, user, password)),
        new("SCRAM-SHA-1", IsPlaintext: false, store => new ScramServer(ScramHash.Sha1, store), (user, password) => new ScramClient(ScramHash.Sha1, user, password)),
        new("PLAIN", IsPlaintext: true, store => new PlainServer(store), (user, password) => new PlainClient(user, password)),
        new("LOGIN", IsPlaintext: true, store => new LoginServer(store), (user, password) => new LoginClient(user, password)),
    ];

    /// <summary>The names to advertise.</summary>
    /// <param name="allowPlaintext">Whether mechanisms that send the password itself are among them.</param>
    public static IReadOnlyList<string> Names(bool allowPlaintext) => allowPlaintext ? Every : Safe;

    /// <summary>The names of those that send the password itself: all that a server can offer which knows no password beforehand.</summary>
    public static IReadOnlyList<string> PlaintextNames { get; } = [.. All.Where(one => one.IsPlaintext).Select(one => one.Name)];

    /// <summary>The mechanism of that name in any case, or null.</summary>
    public static SaslMechanism? Find(string name) =>
        All.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Starts the server's side of an exchange, or returns null if the mechanism is not known.</summary>
    public static ISaslServer? CreateServer(string name, ICredentialStore store) => Find(name)?.Server(store);

    /// <summary>Starts the client's side of an exchange, or returns null if the mechanism is not known.</summary>
    /// <exception cref="SaslException">The name or the password holds characters that the mechanism cannot carry.</exception>
    public static ISaslClient? CreateClient(string name, string user, string password) => Find(name)?.Client(user, password);

    /// <summary>The strongest of the mechanisms that a server offers, or null if none is known or allowed.</summary>
    /// <param name="offered">The names as the server listed them, in any case.</param>
    /// <param name="allowPlaintext">Whether the password itself may be sent: true inside TLS.</param>
    public static SaslMechanism? Choose(IEnumerable<string> offered, bool allowPlaintext)
    {
        var names = offered.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return All.FirstOrDefault(one => names.Contains(one.Name) && (allowPlaintext || !one.IsPlaintext));
    }

    private static readonly IReadOnlyList<string> Every = [.. All.Select(one => one.Name)];
    private static readonly IReadOnlyList<string> Safe = [.. All.Where(one => !one.IsPlaintext).Select(one => one.Name)];
}
