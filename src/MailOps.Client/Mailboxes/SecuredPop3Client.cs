using System.Net.Security;
using MailKit;
using MailKit.Net.Pop3;

namespace MailOps.Client.Mailboxes;

/// <summary>The library's client with our part in its TLS.</summary>
internal sealed class SecuredPop3Client(IProtocolLogger logger, LibraryTls tls) : Pop3Client(logger)
{
    /// <inheritdoc/>
    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback) =>
        tls.Complete(base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback));
}
