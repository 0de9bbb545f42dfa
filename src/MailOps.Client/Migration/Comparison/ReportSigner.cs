using System.Security.Cryptography;
using MailOps.Client.Protection;
using MimeKit.Cryptography;

namespace MailOps.Client.Migration.Comparison;

/// <summary>Signs records of comparisons (CMS, RFC 5652, with SHA-256). The key is read when this is made: what is wrong with it is known before anything is compared.</summary>
public sealed class ReportSigner
{
    private readonly byte[] _pkcs12;
    private readonly string _password;

    /// <summary>Reads the certificate and its key.</summary>
    /// <param name="certificate">An X509Certificate2 whose key can be exported, or the file of one: PKCS #12 or PEM.</param>
    /// <param name="password">The file's password, or null.</param>
    /// <exception cref="ArgumentException">It is none, has no key, or is not for signatures.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CryptographicException">The password is wrong, or the key cannot be exported.</exception>
    public ReportSigner(object certificate, string? password)
    {
        var (pkcs12, secret) = CertificateSource.WithKey(certificate, password);
        using var octets = new MemoryStream();
        using (pkcs12)
            pkcs12.CopyTo(octets);
        (_pkcs12, _password) = (octets.ToArray(), secret);
        Signer();
    }

    /// <summary>Signs.</summary>
    /// <param name="content">What is signed.</param>
    /// <param name="signature">Gets the detached signature, in DER.</param>
    /// <param name="cancel">Ends the work.</param>
    public async Task SignAsync(Stream content, Stream signature, CancellationToken cancel)
    {
        using var context = new TemporarySecureMimeContext();
        var signed = await context.SignAsync(Signer(), content, cancel).ConfigureAwait(false);
        await signed.Content!.DecodeToAsync(signature, cancel).ConfigureAwait(false);
    }

    private CmsSigner Signer()
    {
        using var key = new MemoryStream(_pkcs12, writable: false);
        return new CmsSigner(key, _password) { DigestAlgorithm = DigestAlgorithm.Sha256 };
    }
}
