using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.MtaSts;

/// <summary>Checks the certificates of a mail exchanger as MTA-STS asks (RFC 8461 section 4.2). Connects to nothing.</summary>
internal static class MtaStsCertificateCheck
{
    /// <summary>What is wrong, as its kind and a sentence, or null if the certificate holds.</summary>
    /// <param name="host">The host of the MX record, with A-labels.</param>
    /// <param name="presented">The certificates that the server presented, its own first.</param>
    /// <param name="at">The time.</param>
    /// <param name="roots">The authorities that are trusted; null for those of the system.</param>
    public static (TlsFault Fault, string Text)? Problem(string host, IReadOnlyList<X509Certificate2> presented, DateTimeOffset at, X509Certificate2Collection? roots)
    {
        if (presented.Count == 0)
            return (TlsFault.ValidationFailure, $"{host} presented no certificate.");

        var server = presented[0];
        if (CertificateNames.Match(server, [host], allowCommonName: false) is null)
            return (TlsFault.CertificateHostMismatch, $"The certificate of {host} is for {CertificateNames.Of(server)}.");

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.VerificationTime = at.UtcDateTime;
        policy.VerificationTimeIgnored = false;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var certificate in presented.Skip(1))
            policy.ExtraStore.Add(certificate);
        if (roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        var holds = chain.Build(server);
        var fault = Array.Exists(chain.ChainStatus, one => one.Status is X509ChainStatusFlags.NotTimeValid) ? TlsFault.CertificateExpired : TlsFault.CertificateNotTrusted;
        var status = string.Join(", ", chain.ChainStatus.Select(s => s.Status).Distinct());
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        return holds ? null : (fault, $"The certificate of {host} does not lead to a trusted authority, or does not hold at {at:yyyy-MM-dd HH:mm} ({status}).");
    }
}
