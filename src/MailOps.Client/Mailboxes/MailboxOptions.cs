using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>How to reach a mailbox.</summary>
public sealed record MailboxOptions
{
    /// <summary>The server's name or address.</summary>
    public required string Server { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>When the connection is secured.</summary>
    public TlsMode Tls { get; init; } = TlsMode.StartTls;

    /// <summary>The account's name and password, or for OAUTHBEARER and XOAUTH2 its access token; null where the certificate says who it is.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>Whose mailbox it is where that is another than who logs in: an administrator's credential then opens it (RFC 4422, authorization identity). Null for one's own.</summary>
    public string? AuthorizationId { get; init; }

    /// <summary>Gives the access token for each login; the credential's password is nothing then. Null for a login without one.</summary>
    public AccessTokens? Tokens { get; init; }

    /// <summary>The certificate to present to the server's TLS if it asks for one, with its private key, or null. It stays the caller's.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The SASL mechanism to use, even if the server does not offer it; null for the strongest for a password that it offers, or without a credential EXTERNAL.</summary>
    public string? AuthMechanism { get; init; }

    /// <summary>True to go on whatever the certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>What the server's certificate is known by, any of them; nothing else decides then. Needs TLS.</summary>
    public IReadOnlyList<CertificatePin> CertificatePins { get; init; } = [];

    /// <summary>When connections for many messages are compressed.</summary>
    public ImapCompression Compression { get; init; }

    /// <summary>How long each single step may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
