using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Tests.Support;

/// <summary>A certificate authority of a test: a root, or one below another.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="name">Its common name.</param>
    /// <param name="issuer">The authority above it, or null for a root.</param>
    /// <param name="at">The time around which its certificate holds, from 30 days before to 300 days after. Now by default.</param>
    /// <param name="isAuthority">False for one whose certificate says that it is none.</param>
    /// <param name="pathLength">How many authorities may be below it; unlimited by default.</param>
    public TestAuthority(string name, TestAuthority? issuer = null, DateTimeOffset? at = null, bool isAuthority = true, int? pathLength = null)
    {
        var time = at ?? DateTimeOffset.UtcNow;
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, pathLength is not null, pathLength ?? 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        Certificate = issuer is null
            ? request.CreateSelfSigned(time.AddDays(-30), time.AddDays(300))
            : issuer.Sign(request, time.AddDays(-30), time.AddDays(300));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>A certificate for a server, with its private key.</summary>
    /// <param name="names">Its subject alternative names; without any it has its common name alone.</param>
    /// <param name="at">The time around which it holds, 10 days before and 20 after. Now by default.</param>
    /// <param name="usage">Its extended key usage, which is critical; server authentication by default.</param>
    /// <param name="commonName">Its common name.</param>
    public X509Certificate2 Issue(string[] names, DateTimeOffset? at = null, string usage = "1.3.6.1.5.5.7.3.1", string commonName = "test")
    {
        var time = at ?? DateTimeOffset.UtcNow;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            alternatives.AddDnsName(name);
        if (names.Length > 0)
            request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: true));
        using var signed = Sign(request, time.AddDays(-10), time.AddDays(20));
        using var usable = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(usable.Export(X509ContentType.Pfx), null);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    // Not by the framework's check of the issuer: tests want authorities that are none.
    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset from, DateTimeOffset to) =>
        request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, to, RandomNumberGenerator.GetBytes(8));
}
