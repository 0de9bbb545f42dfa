using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Connections;

/// <summary>The certificate that all listeners present, and whose certificates they ask for.</summary>
public sealed class ServerTls
{
    private readonly SslStreamCertificateContext _context;
    private readonly SslServerAuthenticationOptions _options;

    /// <summary>Presents this certificate, with the chain that is sent along.</summary>
    /// <param name="certificate">With its private key. It stays the caller's.</param>
    /// <param name="intermediates">Certificates sent after it, if any.</param>
    /// <param name="clients">Which certificates of clients are believed; null if none is asked for.</param>
    public ServerTls(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null, ClientCertificates? clients = null)
    {
        Certificate = certificate;
        Clients = clients;
        _context = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
        _options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _context,
            EnabledSslProtocols = Versions,
            ClientCertificateRequired = false,
        };
    }

    /// <summary>The certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Which certificates of clients are believed, or null if none is asked for.</summary>
    public ClientCertificates? Clients { get; }

    // TLS 1.2 and 1.3 only (RFC 8996).
    private static SslProtocols Versions => SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>What a handshake takes. No client is asked for a certificate.</summary>
    public SslServerAuthenticationOptions ServerOptions() => _options;

    /// <summary>What a handshake takes in which the client is asked for a certificate. It need not have one.</summary>
    /// <param name="look">Told of the certificate and of what came with it. Whatever that is, the handshake goes on: what it is worth is seen at the login.</param>
    public SslServerAuthenticationOptions ServerOptions(Action<X509Certificate2, X509Certificate2Collection> look) => new()
    {
        ServerCertificateContext = _context,
        EnabledSslProtocols = Versions,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            if (certificate is X509Certificate2 presented)
                look(presented, chain?.ChainPolicy.ExtraStore ?? []);
            return true;
        },
        // A session that goes on from a ticket could come without the certificate that began it.
        AllowTlsResume = false,
        CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
    };
}
