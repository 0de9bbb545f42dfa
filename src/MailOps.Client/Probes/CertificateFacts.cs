using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Client.Probes;

/// <summary>What a certificate says.</summary>
public sealed record CertificateFacts
{
    /// <summary>The subject's distinguished name.</summary>
    public required string Subject { get; init; }

    /// <summary>The issuer's distinguished name.</summary>
    public required string Issuer { get; init; }

    /// <summary>The DNS names and IP addresses in the subject alternative name.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Valid from.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Valid up to.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Whole days left at the time of the probe; negative after the end.</summary>
    public required int DaysLeft { get; init; }

    /// <summary>The kind of key: RSA, RSA-PSS, EC, DSA, Ed25519, Ed448, or its object identifier.</summary>
    public required string KeyType { get; init; }

    /// <summary>The key's size in bits, or 0 if it could not be told.</summary>
    public required int KeyBits { get; init; }

    /// <summary>The algorithm of the issuer's signature.</summary>
    public required string SignatureAlgorithm { get; init; }

    /// <summary>The serial number, in hexadecimal.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>SHA-256 of the certificate, in hexadecimal.</summary>
    public required string Thumbprint { get; init; }

    /// <summary>SHA-256 of the subject public key info in base64: what pins are made of, and DANE's "3 1 1" in other letters.</summary>
    public required string SpkiPin { get; init; }

    /// <summary>True if subject and issuer are the same.</summary>
    public required bool IsSelfIssued { get; init; }

    /// <summary>The subject.</summary>
    public override string ToString() => Subject;

    /// <summary>Reads the facts out of a certificate.</summary>
    public static CertificateFacts Of(X509Certificate2 certificate, DateTimeOffset now)
    {
        var (type, bits) = Key(certificate);
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        return new CertificateFacts
        {
            Subject = certificate.Subject,
            Issuer = certificate.Issuer,
            Names = NamesOf(certificate),
            NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero),
            NotAfter = notAfter,
            DaysLeft = (int)Math.Floor((notAfter - now).TotalDays),
            KeyType = type,
            KeyBits = bits,
            SignatureAlgorithm = certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value ?? "",
            SerialNumber = certificate.SerialNumber,
            Thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256),
            SpkiPin = Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())),
            IsSelfIssued = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData),
        };
    }

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var names = new List<string>();
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            try
            {
                names.AddRange(extension.EnumerateDnsNames());
                names.AddRange(extension.EnumerateIPAddresses().Select(a => a.ToString()));
            }
            catch (CryptographicException)
            {
                // A broken extension names nothing.
            }
        }

        return names;
    }

    private static (string Type, int Bits) Key(X509Certificate2 certificate)
    {
        var oid = certificate.PublicKey.Oid.Value;
        try
        {
            return oid switch
            {
                "1.2.840.113549.1.1.1" => ("RSA", RsaBits(certificate)),
                "1.2.840.113549.1.1.10" => ("RSA-PSS", RsaBits(certificate)),
                "1.2.840.10045.2.1" => ("EC", EcBits(certificate)),
                "1.2.840.10040.4.1" => ("DSA", DsaBits(certificate)),
                "1.3.101.112" => ("Ed25519", 256),
                "1.3.101.113" => ("Ed448", 456),
                _ => (oid ?? "", 0),
            };
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException or NotSupportedException)
        {
            return (certificate.PublicKey.Oid.FriendlyName ?? oid ?? "", 0);
        }
    }

    private static int RsaBits(X509Certificate2 certificate)
    {
        using var key = certificate.GetRSAPublicKey();
        return key?.KeySize ?? 0;
    }

    private static int EcBits(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPublicKey();
        return key?.KeySize ?? 0;
    }

    private static int DsaBits(X509Certificate2 certificate)
    {
        using var key = certificate.GetDSAPublicKey();
        return key?.KeySize ?? 0;
    }
}
