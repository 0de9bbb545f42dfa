using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Connections;

/// <summary>The certificate that all listeners present, and how.</summary>
public sealed class ServerTls
{
    private readonly SslServerAuthenticationOptions _options;

    /// <summary>Presents this certificate, with the chain that is sent along.</summary>
    /// <param name="certificate">With its private key. It stays the caller's.</param>
    /// <param name="intermediates">Certificates sent after it, if any.</param>
    public ServerTls(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null)
    {
        Certificate = certificate;
        _options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, intermediates, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
        };
    }

    /// <summary>The certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What a handshake takes. TLS 1.2 and 1.3 only (RFC 8996).</summary>
    public SslServerAuthenticationOptions ServerOptions() => _options;
}
