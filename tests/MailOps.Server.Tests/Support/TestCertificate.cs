using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Tests.Support;

/// <summary>A self-signed certificate for localhost, made once.</summary>
internal static class TestCertificate
{
    private static readonly Lazy<X509Certificate2> Lazy = new(Make);

    public static X509Certificate2 Localhost => Lazy.Value;

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}
