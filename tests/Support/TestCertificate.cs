using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Tests.Support;

/// <summary>Self-signed certificates.</summary>
internal static class TestCertificate
{
    private static readonly Lazy<X509Certificate2> Shared = new(() => Make());

    /// <summary>One for localhost, made once. Nobody disposes it.</summary>
    public static X509Certificate2 Localhost => Shared.Value;

    /// <summary>One made for one test.</summary>
    public static X509Certificate2 Make(string name = "localhost", TimeSpan? validity = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        var end = now + (validity ?? TimeSpan.FromDays(30));
        return request.CreateSelfSigned((end < now ? end : now).AddDays(-30), end);
    }
}
