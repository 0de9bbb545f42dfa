using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Connections;

/// <summary>The certificate that all listeners present, and how. Replacing it touches new handshakes only.</summary>
public sealed class ServerTls : IDisposable
{
    private SslServerAuthenticationOptions? _options;

    /// <summary>No certificate: STARTTLS is not offered.</summary>
    public ServerTls()
    {
    }

    /// <summary>Presents this certificate, with the chain that is sent along.</summary>
    /// <param name="certificate">With its private key.</param>
    /// <param name="intermediates">Certificates sent after it, if any.</param>
    public ServerTls(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null) => Use(certificate, intermediates);

    /// <summary>The certificate, or null.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>True if TLS can be offered.</summary>
    public bool IsAvailable => _options is not null;

    /// <summary>What a handshake takes. TLS 1.2 and 1.3 only (RFC 8996).</summary>
    public SslServerAuthenticationOptions ServerOptions() =>
        _options ?? throw new InvalidOperationException("The server has no certificate.");

    private void Use(X509Certificate2 certificate, X509Certificate2Collection? intermediates)
    {
        Certificate = certificate;
        _options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, intermediates, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Certificate?.Dispose();
}
