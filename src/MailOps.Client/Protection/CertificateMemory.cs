using MimeKit.Cryptography;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto;
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

    /// <summary>The private key of a certificate; null if it is not here.</summary>
    public AsymmetricKeyParameter? KeyOf(RecipientID certificate) => GetPrivateKey(certificate);

    /// <inheritdoc/>
    public override ApplicationPkcs7Mime Encrypt(CmsRecipientCollection recipients, Stream content, CancellationToken cancellationToken = default)
    {
        if (!recipients.Any(one => EllipticRecipient.Is(one.Certificate)))
            return base.Encrypt(recipients, content, cancellationToken);
        using var octets = new MemoryStream();
        content.CopyTo(octets);
        var generator = new CmsEnvelopedDataGenerator();
        foreach (var certificate in recipients.Select(one => one.Certificate))
        {
            if (EllipticRecipient.Is(certificate))
                generator.AddRecipientInfoGenerator(new EllipticRecipient(certificate));
            else
                generator.AddKeyTransRecipient(certificate);
        }

        var encrypted = generator.Generate(new CmsProcessableByteArray(octets.ToArray()), NistObjectIdentifiers.IdAes256Cbc);
        return new ApplicationPkcs7Mime(SecureMimeType.EnvelopedData, new MemoryStream(encrypted.GetEncoded()));
    }
}
