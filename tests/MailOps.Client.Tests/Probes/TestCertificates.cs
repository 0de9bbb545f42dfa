using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Client.Tests.Probes;

/// <summary>Certificates made for one test: an authority with an intermediate, and whatever is wrong with a leaf.</summary>
internal sealed class TestCertificates
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    public TestCertificates()
    {
        Root = Authority("CN=Test Root", null);
        Intermediate = Authority("CN=Test Intermediate", Root);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Intermediate { get; }

    /// <summary>A leaf that the intermediate issues.</summary>
    public X509Certificate2 Leaf(string name = "mail.example.org", int fromDays = -10, int toDays = 90, bool authorityAddress = false, bool clientOnly = false, bool commonNameOnly = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256), Intermediate, key, commonNameOnly ? null : name, fromDays, toDays, authorityAddress, clientOnly);
    }

    /// <summary>A leaf with an RSA key of its own size.</summary>
    public X509Certificate2 RsaLeaf(int bits, HashAlgorithmName? hash = null)
    {
        using var key = RSA.Create(bits);
        var request = new CertificateRequest("CN=mail.example.org", key, hash ?? HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        AddNames(request, "mail.example.org");
        using var signed = request.CreateSelfSigned(Now.AddDays(-10), Now.AddDays(90));
        return Usable(signed);
    }

    public static X509Certificate2 SelfSigned(string name = "mail.example.org", int fromDays = -10, int toDays = 90)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        AddNames(request, name);
        using var signed = request.CreateSelfSigned(Now.AddDays(fromDays), Now.AddDays(toDays));
        return Usable(signed);
    }

    private static X509Certificate2 Authority(string subject, X509Certificate2? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (issuer is null)
            return request.CreateSelfSigned(Now.AddYears(-3), Now.AddYears(5));
        using var signed = request.Create(issuer, Now.AddYears(-2), Now.AddYears(2), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Issue(CertificateRequest request, X509Certificate2 issuer, ECDsa key, string? name, int fromDays, int toDays, bool authorityAddress, bool clientOnly)
    {
        if (name is not null)
            AddNames(request, name);
        if (authorityAddress)
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, ["http://authority.invalid/intermediate.cer"]));
        if (clientOnly)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var signed = request.Create(issuer, Now.AddDays(fromDays), Now.AddDays(toDays), RandomNumberGenerator.GetBytes(8));
        using var own = signed.CopyWithPrivateKey(key);
        return Usable(own);
    }

    private static void AddNames(CertificateRequest request, string name)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
    }

    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
}
