using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;

namespace MailOps.Trust.Dane;

/// <summary>Sorts the TLSA records of a mail server into those that count and those that do not.</summary>
internal static class TlsaRecordSet
{
    /// <summary>The policy that authenticated records make.</summary>
    /// <param name="records">The records, at least one.</param>
    /// <param name="baseDomain">The name under which they were found.</param>
    /// <param name="otherNames">The other names that a certificate may have.</param>
    public static DanePolicy Policy(ImmutableArray<TlsaRecord> records, string baseDomain, IEnumerable<string> otherNames)
    {
        var setAside = new List<TlsaSetAside>();
        var usable = new List<TlsaRecord>();
        foreach (var record in records.Distinct())
        {
            if (WhyUnusable(record) is (var reason, var source))
                setAside.Add(new TlsaSetAside(record, reason, source, IsSuperseded: false));
            else
                usable.Add(record);
        }

        foreach (var weaker in usable.Where(r => IsSuperseded(r, usable)).ToArray())
        {
            usable.Remove(weaker);
            setAside.Add(new TlsaSetAside(weaker, $"A stronger digest than {weaker.MatchingType} is published for the same usage and selector.", "RFC 7671 section 9", IsSuperseded: true));
        }

        return new DanePolicy
        {
            Use = usable.Count > 0 ? DaneUse.Authenticate : DaneUse.Encrypt,
            Reason = usable.Count > 0
                ? $"{baseDomain} has {usable.Count} authenticated TLSA record(s) that can be used: the server must be the one that they name."
                : $"{baseDomain} has authenticated TLSA records, but none that can be used ({setAside[0].Reason}): TLS is required, the server is not authenticated.",
            Source = "RFC 7672 section 2.2",
            BaseDomain = baseDomain,
            ReferenceNames = [baseDomain, .. otherNames.Where(n => n != baseDomain).Distinct(StringComparer.Ordinal)],
            Records = [.. usable],
            SetAside = [.. setAside],
        };
    }

    // Of each usage and selector the strongest digest counts alone; the whole thing itself always does (RFC 7671 section 9).
    private static bool IsSuperseded(TlsaRecord record, List<TlsaRecord> all) =>
        record.MatchingType == TlsaMatchingType.Sha256
        && all.Any(r => r.MatchingType == TlsaMatchingType.Sha512 && r.Usage == record.Usage && r.Selector == record.Selector);

    private static (string Reason, string Source)? WhyUnusable(TlsaRecord record)
    {
        if (record.Usage is TlsaUsage.PkixTa or TlsaUsage.PkixEe)
            return ($"Certificate usage {(byte)record.Usage} needs a public authority that mail servers have not agreed on", "RFC 7672 section 3.1.3");
        if (record.Usage is not (TlsaUsage.DaneTa or TlsaUsage.DaneEe))
            return ($"Certificate usage {(byte)record.Usage} is not known", "RFC 6698 section 4.1");
        if (record.Selector is not (TlsaSelector.Cert or TlsaSelector.Spki))
            return ($"Selector {(byte)record.Selector} is not known", "RFC 6698 section 4.1");

        var octets = record.Data.Length / 2;
        return record.MatchingType switch
        {
            TlsaMatchingType.Sha256 when octets != SHA256.HashSizeInBytes => ($"Its data has {octets} octets, where SHA-256 has {SHA256.HashSizeInBytes}", "RFC 6698 section 4.1"),
            TlsaMatchingType.Sha512 when octets != SHA512.HashSizeInBytes => ($"Its data has {octets} octets, where SHA-512 has {SHA512.HashSizeInBytes}", "RFC 6698 section 4.1"),
            TlsaMatchingType.Sha256 or TlsaMatchingType.Sha512 => null,
            TlsaMatchingType.Full when !Parses(record) => ($"Its data is not a whole {(record.Selector == TlsaSelector.Cert ? "certificate" : "public key")}", "RFC 6698 section 4.1"),
            TlsaMatchingType.Full => null,
            _ => ($"Matching type {(byte)record.MatchingType} is not known", "RFC 6698 section 4.1"),
        };
    }

    private static bool Parses(TlsaRecord record)
    {
        var data = Convert.FromHexString(record.Data);
        try
        {
            if (record.Selector == TlsaSelector.Spki)
            {
                PublicKey.CreateFromSubjectPublicKeyInfo(data, out var read);
                return read == data.Length;
            }

            using var certificate = X509CertificateLoader.LoadCertificate(data);
            return certificate.RawDataMemory.Length == data.Length;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
