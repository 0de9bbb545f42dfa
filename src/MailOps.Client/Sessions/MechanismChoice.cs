using MailOps.Sasl;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>By which SASL mechanism a client logs in: the same rules in every protocol.</summary>
internal sealed record MechanismChoice
{
    private const string External = "EXTERNAL";

    // RFC 7628 is the standard; XOAUTH2 came before it.
    private static readonly string[] ForTokens = ["OAUTHBEARER", "XOAUTH2"];

    /// <summary>The server's name, for errors.</summary>
    public required string Server { get; init; }

    /// <summary>The mechanism that was asked for by name, or null.</summary>
    public string? Named { get; init; }

    /// <summary>Whom to act as, where that is another than who logs in; null for oneself.</summary>
    public string? Authorization { get; init; }

    /// <summary>Whether there is a name with a password or a token.</summary>
    public bool HasCredential { get; init; }

    /// <summary>Whether what there is beside the name is an access token.</summary>
    public bool HasToken { get; init; }

    /// <summary>Whether a certificate was shown to the server, if it asked.</summary>
    public bool HasCertificate { get; init; }

    /// <summary>The mechanisms that the server offers on this connection.</summary>
    public required IReadOnlyCollection<string> Offered { get; init; }

    /// <summary>Whether the connection is under TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Whether the password itself may be sent as the connection is, without a mechanism's being named for it.</summary>
    public bool MayShowPassword { get; init; }

    /// <summary>What the connection can be bound by, or null.</summary>
    public ChannelBinding? Binding { get; init; }

    /// <summary>True if it is the certificate that says who logs in: where EXTERNAL is asked for, or offered to who has nothing else.</summary>
    public bool IsByCertificate => External.Equals(Named, StringComparison.OrdinalIgnoreCase) || (Named is null && !HasCredential && HasCertificate && Offered.Contains(External, StringComparer.OrdinalIgnoreCase));

    /// <summary>The mechanism, or null if the server offers none that will do.</summary>
    /// <exception cref="MailSessionException">The mechanism that was named is not known here, or cannot carry whom to act as.</exception>
    public SaslMechanism? Find()
    {
        var found = FindAny();
        return found is null || Authorization is null || found.CarriesAuthorization ? found : throw CannotAuthorize(found.Name);
    }

    /// <summary>The error for a mechanism that cannot carry whom to act as.</summary>
    public MailSessionException CannotAuthorize(string mechanism) => new(
        MailSessionFault.AuthenticationNotOffered,
        $"{mechanism} cannot say that who logs in acts as {Authorization}: that takes PLAIN, SCRAM or EXTERNAL. {Server} offers {(Offered.Count == 0 ? "none" : string.Join(", ", Offered))}.{(HasToken ? " An access token is for the account that it is asked for: leave the authorization identity out and name that account." : "")}");

    private SaslMechanism? FindAny()
    {
        if ((Named ?? (IsByCertificate ? External : HasToken ? ForToken() : null)) is { } wanted)
        {
            return SaslMechanisms.Find(wanted) ?? throw new MailSessionException(
                MailSessionFault.AuthenticationNotOffered,
                $"The mechanism {wanted} is not known here. Known are {string.Join(", ", SaslMechanisms.All.Select(m => m.Name))}.");
        }

        return HasCredential && !HasToken ? SaslMechanisms.Choose(Offered, MayShowPassword, canBind: Binding?.Best is not null, mustAuthorize: Authorization is not null) : null;
    }

    /// <summary>The error for a server that offers none that will do.</summary>
    public MailSessionException NotOffered()
    {
        var names = string.Join(", ", Offered);
        return new(MailSessionFault.AuthenticationNotOffered, Offered.Count == 0
            ? $"{Server} offers no AUTH on this connection{(IsSecure ? "" : "; many servers do so under TLS only")}."
            : HasToken
                ? $"{Server} takes no access token on this connection: it offers neither OAUTHBEARER nor XOAUTH2, but {names}{(IsSecure ? "" : "; many servers offer them under TLS only")}."
            : !HasCredential
                ? $"{Server} does not offer EXTERNAL on this connection: {(IsSecure ? "it asked for no certificate, or does not believe this one" : "a certificate is shown in TLS, which there is none of")}. Give a credential, or see to the certificate; it offers {names}."
                : Authorization is not null && SaslMechanisms.Choose(Offered, allowPlaintext: true, mustAuthorize: true) is null
                    ? $"{Server} offers no mechanism that can say that who logs in acts as {Authorization}: that takes PLAIN, SCRAM or EXTERNAL, and it offers {names}."
                : SaslMechanisms.Choose(Offered, allowPlaintext: true) is null
                    ? Offered.Any(name => SaslMechanisms.Find(name) is not null)
                        ? $"{Server} offers {names} and takes no password by any of them here. For a token name OAUTHBEARER or XOAUTH2, for a certificate EXTERNAL."
                        : $"{Server} offers the mechanisms {names}, none of which is known here."
                    : $"{Server} would have the password in the clear ({names}). Use TLS, or name the mechanism to send it all the same.");
    }

    private string? ForToken() => Array.Find(ForTokens, name => Offered.Contains(name, StringComparer.OrdinalIgnoreCase));
}
