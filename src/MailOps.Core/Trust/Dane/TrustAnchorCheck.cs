using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Trust.TlsRpt;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using X509Certificate = Org.BouncyCastle.X509.X509Certificate;

namespace MailOps.Trust.Dane;

/// <summary>Checks a server's certificate by the trust anchors of its DANE-TA records (RFC 7672 section 3.1.2, RFC 7671 section 5.2).</summary>
internal static class TrustAnchorCheck
{
    // What servers present is three or four certificates. Each more could cost a signature for every other.
    private const int MaxPresented = 16;

    public static DaneVerdict Verify(DanePolicy policy, TlsaRecord[] records, IReadOnlyList<X509Certificate2> presented, DateTimeOffset at)
    {
        var server = presented[0];
        var chain = new List<X509Certificate>();
        var anchors = new List<DaneAnchor>();
        try
        {
            chain.AddRange(presented.Take(MaxPresented).Select(c => Read(c.RawData)));
            foreach (var record in records)
                anchors.AddRange(Anchors(record, presented, chain));
        }
        catch (Exception e) when (IsBroken(e))
        {
            return DaneCheck.Refused($"A certificate that the server presented, or a key in it, cannot be read: {e.Message}", "RFC 5280 section 4.1", TlsFault.ValidationFailure);
        }

        // A record by digest is of use only if the server sends the authority's certificate along (RFC 7671 section 5.2.2).
        if (anchors.Count == 0)
            return DaneCheck.Refused($"None of the {chain.Count} certificate(s) that the server presented, behind its own, is the trust anchor of a DANE-TA record of {policy.BaseDomain}: the record {DaneCheck.Short(records[0])} is a digest, which the certificate must come with.", "RFC 7672 section 3.1.2");

        var search = new TrustAnchorPath(chain, anchors, at);
        if (search.Find() is not { } anchor)
            return DaneCheck.Refused($"The certificate {DaneCheck.Fingerprint(server)} is not vouched for by a trust anchor of {policy.BaseDomain}: {search.Problem}", "RFC 7672 section 3.1.2", search.Fault);

        if (CertificateNames.Match(server, policy.ReferenceNames, allowCommonName: true) is not { } name)
            return DaneCheck.Refused($"The trust anchor vouches for the certificate, but that is for {CertificateNames.Of(server)}, and not for {string.Join(" or ", policy.ReferenceNames)}.", "RFC 7672 section 3.2.2", TlsFault.CertificateHostMismatch);

        return new DaneVerdict(true, true, $"The certificate is for {name}, and the trust anchor of the record {DaneCheck.Short(anchor.Record)} vouches for it.", "RFC 7672 section 3.1.2")
        {
            Record = anchor.Record,
        };
    }

    /// <summary>True for what parsers throw on certificates and keys that are broken, or of an algorithm that is not known.</summary>
    internal static bool IsBroken(Exception e) =>
        e is GeneralSecurityException or CryptoException or CryptographicException or IOException or ArgumentException or FormatException or InvalidOperationException or NotSupportedException or InvalidCastException;

    // Signatures are verified over what was read, written anew: what is not DER would be another certificate than was signed.
    private static X509Certificate Read(byte[] octets)
    {
        var certificate = new X509Certificate(octets);
        return certificate.CertificateStructure.GetDerEncoded().AsSpan().SequenceEqual(octets)
            ? certificate
            : throw new FormatException("it is not encoded in DER.");
    }

    private static IEnumerable<DaneAnchor> Anchors(TlsaRecord record, IReadOnlyList<X509Certificate2> presented, List<X509Certificate> chain)
    {
        // The server's own certificate is no authority: that is what DANE-EE is for.
        for (var i = 1; i < chain.Count; i++)
        {
            if (DaneCheck.Matches(record, presented[i]))
                yield return new DaneAnchor(record, chain[i], chain[i].GetPublicKey());
        }

        // What is whole in the record need not be presented (RFC 7671 section 5.2.1).
        if (record.MatchingType != TlsaMatchingType.Full)
            yield break;
        var data = Convert.FromHexString(record.Data);
        if (record.Selector == TlsaSelector.Spki)
        {
            yield return new DaneAnchor(record, null, PublicKeyFactory.CreateKey(data));
        }
        else
        {
            var certificate = Read(data);
            yield return new DaneAnchor(record, certificate, certificate.GetPublicKey());
        }
    }
}
