using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Client.Tests.Protection;

/// <summary>An authority and certificates for mail, with files of them.</summary>
internal sealed class MailCertificates : IDisposable
{
    public const string Password = "p12-secret";
    private readonly X509Certificate2 _authority;

    public MailCertificates()
    {
        Folder = Directory.CreateTempSubdirectory("mailops-").FullName;
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Mail Authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-3), DateTimeOffset.UtcNow.AddYears(3));
        File.WriteAllText(AuthorityFile.FullName, _authority.ExportCertificatePem());
    }

    public string Folder { get; }

    public FileInfo AuthorityFile => new(Path.Join(Folder, "authority.pem"));

    /// <summary>Issues a certificate, and writes NAME.p12, NAME.pem and NAME.key.</summary>
    public X509Certificate2 Issue(string name, string address, int fromDays = -10, int toDays = 90, bool isForMail = true, bool isElliptic = false)
    {
        using AsymmetricAlgorithm key = isElliptic ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(2048);
        var request = key is ECDsa curve
            ? new CertificateRequest($"CN={name}", curve, HashAlgorithmName.SHA256)
            : new CertificateRequest($"CN={name}", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(isForMail ? "1.3.6.1.5.5.7.3.4" : "1.3.6.1.5.5.7.3.1")], false));
        using var issued = request.Create(_authority.SubjectName, X509SignatureGenerator.CreateForRSA(_authority.GetRSAPrivateKey()!, RSASignaturePadding.Pkcs1), DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays), RandomNumberGenerator.GetBytes(8));
        using var whole = key is ECDsa own ? issued.CopyWithPrivateKey(own) : issued.CopyWithPrivateKey((RSA)key);
        File.WriteAllBytes(PathOf(name, "p12"), whole.Export(X509ContentType.Pkcs12, Password));
        File.WriteAllText(PathOf(name, "pem"), issued.ExportCertificatePem());
        File.WriteAllText(PathOf(name, "key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf(name, "both.pem"), issued.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return X509CertificateLoader.LoadPkcs12FromFile(PathOf(name, "p12"), Password, X509KeyStorageFlags.Exportable);
    }

    public string PathOf(string name, string extension) => Path.Join(Folder, $"{name}.{extension}");

    public FileInfo File12(string name) => new(PathOf(name, "p12"));

    public FileInfo FilePem(string name) => new(PathOf(name, "pem"));

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
