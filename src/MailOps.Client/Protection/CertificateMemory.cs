using MimeKit.Cryptography;
using Org.BouncyCastle.X509;

namespace MailOps.Client.Protection;

/// <summary>S/MIME without a store: what came with a signature is remembered for its chain, nothing is asked for over the network, and nothing is kept.</summary>
internal sealed class CertificateMemory : TemporarySecureMimeContext
{
    /// <summary>Nothing is downloaded.</summary>
    public CertificateMemory() => CheckCertificateRevocation = false;

    /// <summary>The certificates that came with signatures.</summary>
    public List<X509Certificate> Seen { get; } = [];

    /// <inheritdoc/>
    public override void Import(X509Certificate certificate, CancellationToken cancellationToken = default)
    {
        Seen.Add(certificate);
        base.Import(certificate, cancellationToken);
    }
}
