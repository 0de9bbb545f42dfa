using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Tests.Support;

/// <summary>An authority of a test, and certificates of clients that it signs.</summary>
internal sealed class ClientAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ClientAuthority(string name = "Test clients")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(30));
    }

    public X509Certificate2 Root { get; }

    /// <summary>Signs a certificate.</summary>
    /// <param name="commonName">The subject's common name.</param>
    /// <param name="emails">The addresses among its alternative names.</param>
    /// <param name="usage">Its extended key usage, or null for none.</param>
    /// <param name="days">When it ends, from now.</param>
    public X509Certificate2 Issue(string commonName, string[] emails, string? usage = "1.3.6.1.5.5.7.3.2", int days = 10)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={commonName}"), key, HashAlgorithmName.SHA256);
        if (emails.Length > 0)
            request.CertificateExtensions.Add(Names(emails));
        if (usage is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var signed = request.Create(Root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(days), RandomNumberGenerator.GetBytes(8));
        using var usable = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(usable.Export(X509ContentType.Pfx), null);
    }

    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }

    // The framework's builder refuses an address with a NUL in it, which a certificate may have all the same.
    private static X509Extension Names(string[] emails)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var email in emails)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, email, new Asn1Tag(TagClass.ContextSpecific, 1));
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }
}
