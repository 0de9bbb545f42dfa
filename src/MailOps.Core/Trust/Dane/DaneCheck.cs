using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.Dane;

/// <summary>Checks the certificates that a server presented against its TLSA records (RFC 6698, 7671, 7672). Pure.</summary>
public static class DaneCheck
{
    /// <summary>The verdict on a server's certificates.</summary>
    /// <param name="policy">What is asked of it.</param>
    /// <param name="presented">
    /// The certificates in the order in which the server sent them, its own first. In the callback of
    /// <see cref="System.Net.Security.SslStream"/> those after the first are in the chain policy's <c>ExtraStore</c>; what the
    /// system's own search added to the chain is not what the server presented.
    /// </param>
    /// <param name="at">The time, for the certificates below a trust anchor. A DANE-EE record has no such limit but its own signature.</param>
    public static DaneVerdict Verify(DanePolicy policy, IReadOnlyList<X509Certificate2> presented, DateTimeOffset at)
    {
        switch (policy.Use)
        {
            case DaneUse.NotApplicable:
                return new DaneVerdict(true, false, $"DANE asks nothing of this server: {policy.Reason}", policy.Source);
            case DaneUse.Encrypt:
                return new DaneVerdict(true, false, policy.Reason, policy.Source);
            case DaneUse.Unknown:
                return Refused(policy.Reason, policy.Source, TlsFault.DnssecInvalid);
        }

        if (presented.Count == 0)
            return Refused("The server presented no certificate.", "RFC 7672 section 3.1", TlsFault.ValidationFailure);

        var server = presented[0];
        foreach (var record in policy.Records.Where(r => r.Usage == TlsaUsage.DaneEe))
        {
            if (Matches(record, server))
            {
                return new DaneVerdict(true, true, $"The certificate matches the record {Short(record)}. Neither its names nor its expiry count.", "RFC 7672 section 3.1.1")
                {
                    Record = record,
                };
            }
        }

        var anchors = policy.Records.Where(r => r.Usage == TlsaUsage.DaneTa).ToArray();
        return anchors.Length > 0
            ? TrustAnchorCheck.Verify(policy, anchors, presented, at)
            : Refused($"The certificate {Fingerprint(server)} matches none of the {policy.Records.Length} DANE-EE record(s) of {policy.BaseDomain}.", "RFC 7672 section 3.1.1");
    }

    /// <summary>Whether a record is about a certificate: the selected part, compared as the record says (RFC 6698 section 2.1).</summary>
    internal static bool Matches(TlsaRecord record, X509Certificate2 certificate)
    {
        var selected = record.Selector == TlsaSelector.Cert ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        var compared = record.MatchingType switch
        {
            TlsaMatchingType.Sha256 => SHA256.HashData(selected),
            TlsaMatchingType.Sha512 => SHA512.HashData(selected),
            _ => selected,
        };
        return compared.AsSpan().SequenceEqual(Convert.FromHexString(record.Data));
    }

    internal static DaneVerdict Refused(string reason, string source, TlsFault fault = TlsFault.CertificateNotTrusted) => new(false, false, reason, source) { Fault = fault };

    /// <summary>A record as it is told in a reason: a whole certificate is not read by anybody.</summary>
    internal static string Short(TlsaRecord record) => record.ToString() is { Length: > 46 } text ? text[..46] + "…" : record.ToString();

    internal static string Fingerprint(X509Certificate2 certificate) => $"with the SHA-256 fingerprint {certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}";

    internal static string Date(DateTime when) => when.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
