using MailOps.Trust.TlsRpt;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Pkix;
using Org.BouncyCastle.X509;

namespace MailOps.Trust.Dane;

/// <summary>
/// Searches the presented certificates for a path from the server's own to a trust anchor. The system's chain building is
/// of no use: it knows neither an anchor that is an intermediate authority nor one that is a bare key. What the path must
/// keep (signatures, validity, constraints, key usage) is left to the PKIX validator.
/// </summary>
/// <param name="presented">The certificates, the server's own first.</param>
/// <param name="anchors">The trust anchors.</param>
/// <param name="at">The time.</param>
internal sealed class TrustAnchorPath(IReadOnlyList<X509Certificate> presented, IReadOnlyList<DaneAnchor> anchors, DateTimeOffset at)
{
    // A path is the server's certificate and its authorities; cross-signed ones in any order make for several ways.
    private const int MaxLength = 8;
    private int _signatures = 200;

    /// <summary>What was wrong with the paths that were tried.</summary>
    public string Problem { get; private set; } = "no presented certificate leads to one.";

    /// <summary>What kind of fault that is.</summary>
    public TlsFault Fault { get; private set; } = TlsFault.CertificateNotTrusted;

    /// <summary>The anchor of the first path that holds, or null.</summary>
    public DaneAnchor? Find() => Extend([presented[0]]);

    private DaneAnchor? Extend(List<X509Certificate> path)
    {
        var last = path[^1];
        foreach (var anchor in anchors)
        {
            if ((anchor.Certificate is null || anchor.Certificate.SubjectDN.Equivalent(last.IssuerDN)) && IsSignedBy(last, anchor.Key) && Holds(path, anchor))
                return anchor;
        }

        if (path.Count >= MaxLength)
            return null;
        foreach (var issuer in presented.Where(c => !path.Contains(c) && c.SubjectDN.Equivalent(last.IssuerDN)))
        {
            if (IsSignedBy(last, issuer.GetPublicKey()) && Extend([.. path, issuer]) is { } found)
                return found;
        }

        return null;
    }

    private bool IsSignedBy(X509Certificate certificate, AsymmetricKeyParameter key)
    {
        if (--_signatures < 0)
            return false;
        try
        {
            certificate.Verify(key);
            return true;
        }
        catch (Exception e) when (TrustAnchorCheck.IsBroken(e))
        {
            return false;
        }
    }

    private bool Holds(List<X509Certificate> path, DaneAnchor anchor)
    {
        try
        {
            Problem = WhyNot(path, anchor) ?? "";
        }
        catch (PkixCertPathValidatorException e)
        {
            Problem = e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}";
        }
        catch (Exception e) when (TrustAnchorCheck.IsBroken(e))
        {
            Problem = e.Message;
        }

        return Problem.Length == 0;
    }

    private string? WhyNot(List<X509Certificate> path, DaneAnchor anchor)
    {
        // The validator takes an anchor as it is; one that comes as a certificate is held to what that says.
        var shown = anchor.Certificate is null ? path : [.. path, anchor.Certificate];
        Fault = TlsFault.CertificateExpired;
        foreach (var certificate in shown)
        {
            if (certificate.NotAfter.ToUniversalTime() < at.UtcDateTime)
                return $"the certificate of {certificate.SubjectDN} expired on {DaneCheck.Date(certificate.NotAfter)}.";
            if (certificate.NotBefore.ToUniversalTime() > at.UtcDateTime)
                return $"the certificate of {certificate.SubjectDN} is not valid before {DaneCheck.Date(certificate.NotBefore)}.";
        }

        Fault = TlsFault.CertificateNotTrusted;
        foreach (var certificate in shown)
        {
            if (certificate.GetExtendedKeyUsage() is { } uses && !uses.Contains(KeyPurposeID.id_kp_serverAuth) && !uses.Contains(KeyPurposeID.AnyExtendedKeyUsage))
                return $"the certificate of {certificate.SubjectDN} is not for servers (extended key usage).";
        }

        if (anchor.Certificate is { } authority)
        {
            var length = authority.GetBasicConstraints();
            if (length < 0 && authority.Version >= 3)
                return $"the certificate of {authority.SubjectDN} is not one of an authority (basic constraints).";
            if (length >= 0 && length < path.Skip(1).Count(c => !c.SubjectDN.Equivalent(c.IssuerDN)))
                return $"the certificate of {authority.SubjectDN} does not allow as many authorities below it (path length).";
            if (authority.GetKeyUsage() is { } usage && !usage[5])
                return $"the certificate of {authority.SubjectDN} may not sign certificates (key usage).";
        }

        var trusted = anchor.Certificate is { } known ? new TrustAnchor(known, null) : new TrustAnchor(path[^1].IssuerDN, anchor.Key, null);
        var parameters = new PkixParameters(new HashSet<TrustAnchor> { trusted })
        {
            Date = at.UtcDateTime,
            IsRevocationEnabled = false,
        };
        new PkixCertPathValidator().Validate(new PkixCertPath(path), parameters);
        return null;
    }
}
