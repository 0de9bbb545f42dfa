using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Connections;

/// <summary>Which certificates of clients are believed, and whose they are. A client is asked for one only where this is given.</summary>
public sealed class ClientCertificates
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyExtendedUsage = "2.5.29.37.0";

    private readonly X509Certificate2Collection _authorities;
    private readonly Dictionary<string, string> _fingerprints = new(StringComparer.OrdinalIgnoreCase);
    private readonly CertificateNaming _naming;

    /// <summary>Believes certificates of some authorities, and single ones by their fingerprint.</summary>
    /// <param name="authorities">Roots that sign the certificates of clients. What they sign is believed whoever else the machine trusts. Revocation is not looked up.</param>
    /// <param name="naming">Which of the names in such a certificate is the account's.</param>
    /// <param name="fingerprints">SHA-256 fingerprints in hexadecimal, with colons or without, and the account of each. Whoever has signed those does not matter.</param>
    /// <exception cref="ArgumentException">Neither is given, an authority is none, or a fingerprint is none.</exception>
    public ClientCertificates(X509Certificate2Collection authorities, CertificateNaming naming, IEnumerable<KeyValuePair<string, string>> fingerprints)
    {
        foreach (var authority in authorities)
        {
            if (authority.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
                throw new ArgumentException($"'{authority.Subject}' is not the certificate of an authority (RFC 5280 section 4.2.1.9). Give the one that signs the clients' certificates, or trust a single one by its fingerprint.");
        }

        foreach (var (text, account) in fingerprints)
        {
            var fingerprint = text.Replace(":", "", StringComparison.Ordinal).Trim();
            if (fingerprint.Length != 2 * SHA256.HashSizeInBytes || !fingerprint.All(char.IsAsciiHexDigit))
                throw new ArgumentException($"'{text}' is not a SHA-256 fingerprint: write its {2 * SHA256.HashSizeInBytes} hexadecimal digits, as `openssl x509 -fingerprint -sha256` shows them.");
            if (account.Length == 0)
                throw new ArgumentException($"The certificate with the fingerprint {text} is given no account. Write the name of one, as in joe@example.com.");
            if (!_fingerprints.TryAdd(fingerprint, account))
                throw new ArgumentException($"The fingerprint {text} is given twice.");
        }

        if (authorities.Count == 0 && _fingerprints.Count == 0)
            throw new ArgumentException("No client's certificate would be trusted: give the certificates of authorities, or fingerprints.");

        (_authorities, _naming) = (authorities, naming);
    }

    /// <summary>Looks at the certificate that a client presented.</summary>
    /// <param name="certificate">The certificate. TLS has proved that the client has its key.</param>
    /// <param name="others">What the client sent along.</param>
    /// <param name="now">The time.</param>
    /// <param name="problem">Why it is not believed, or null.</param>
    /// <returns>The names of accounts in it; none if it is not believed.</returns>
    public IReadOnlyList<string> NamesIn(X509Certificate2 certificate, X509Certificate2Collection others, DateTimeOffset now, out string? problem)
    {
        problem = null;
        if (_fingerprints.TryGetValue(certificate.GetCertHashString(HashAlgorithmName.SHA256), out var account))
        {
            if (now.UtcDateTime >= certificate.NotBefore.ToUniversalTime() && now.UtcDateTime <= certificate.NotAfter.ToUniversalTime())
                return [account];
            problem = "it is trusted by its fingerprint, but not valid now";
            return [];
        }

        if (!IsSigned(certificate, others, now, out problem))
            return [];

        var names = Names(certificate);
        if (names.Count == 0)
        {
            problem = _naming switch
            {
                CertificateNaming.Email => "it has no e-mail address among its alternative names",
                CertificateNaming.CommonName => "its subject has no common name, or several",
                _ => "it has no user principal name",
            };
        }

        return names;
    }

    private bool IsSigned(X509Certificate2 certificate, X509Certificate2Collection others, DateTimeOffset now, out string? problem)
    {
        problem = "it is signed by no authority that is trusted here";
        if (_authorities.Count == 0)
            return false;

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ExtraStore.AddRange(others);
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = now.UtcDateTime;
        var holds = chain.Build(certificate);
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        if (!holds)
        {
            problem = $"its chain does not hold ({string.Join(", ", chain.ChainStatus.Select(one => one.Status))})";
            return false;
        }

        // A certificate for servers is not one for clients. One that says nothing is for everything (RFC 5280 section 4.2.1.12).
        if (certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usages
            && !usages.EnhancedKeyUsages.OfType<Oid>().Any(usage => usage.Value is ClientAuthentication or AnyExtendedUsage))
        {
            problem = "it is not for the authentication of clients";
            return false;
        }

        problem = null;
        return true;
    }

    // A name with a NUL or another control character would be read differently by whoever signed it.
    private List<string> Names(X509Certificate2 certificate)
    {
        List<string> names = _naming switch
        {
            CertificateNaming.Email => Emails(certificate),
            CertificateNaming.CommonName => CommonNames(certificate),
            _ => [certificate.GetNameInfo(X509NameType.UpnName, forIssuer: false)],
        };
        names.RemoveAll(name => name.Length == 0 || name.Any(char.IsControl));
        return names;
    }

    private static List<string> CommonNames(X509Certificate2 certificate)
    {
        var names = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3")
            .Select(part => part.GetSingleElementValue() ?? "")
            .ToList();
        return names.Count == 1 ? names : [];
    }

    // GeneralNames ::= SEQUENCE OF GeneralName; rfc822Name [1] IA5String
    private static List<string> Emails(X509Certificate2 certificate)
    {
        var emails = new List<string>();
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is not { } extension)
            return emails;

        try
        {
            var tag = new Asn1Tag(TagClass.ContextSpecific, 1);
            var all = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (all.HasData)
            {
                if (all.PeekTag().HasSameClassAndValue(tag))
                    emails.Add(all.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                else
                    all.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            emails.Clear();
        }

        return emails;
    }
}
