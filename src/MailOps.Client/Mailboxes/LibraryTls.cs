using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailOps.Sasl;

namespace MailOps.Client.Mailboxes;

/// <summary>The TLS that the library makes, with what it leaves out: a certificate of our own for any server that asks, and what the connection can be bound by.</summary>
internal sealed class LibraryTls(X509Certificate2? own)
{
    private SslStream? _stream;

    /// <summary>What the connection can be bound by, or null without TLS.</summary>
    public ChannelBinding? Binding => _stream is { IsAuthenticated: true } tls ? ChannelBinding.Of(tls, tls.RemoteCertificate as X509Certificate2) : null;

    /// <summary>The stream of the last handshake, or null without TLS.</summary>
    public SslStream? Stream => _stream;

    /// <summary>Completes the library's options.</summary>
    public SslClientAuthenticationOptions Complete(SslClientAuthenticationOptions options)
    {
        // The library lets nobody see its stream but this callback, which is asked in every handshake.
        options.LocalCertificateSelectionCallback = (sender, _, _, _, _) =>
        {
            _stream = sender as SslStream;
            return own!;
        };
        return options;
    }
}
