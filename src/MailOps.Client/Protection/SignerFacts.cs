using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;

namespace MailOps.Client.Protection;

/// <summary>What is known of a signer's certificate, and whether it is trusted for mail.</summary>
internal static class SignerFacts
{
    // RFC 8550 section 4.4.4: id-kp-emailProtection.
    private static readonly Oid EmailProtection = new("1.3.6.1.5.5.7.3.4");

    /// <summary>The addresses that a certificate is for: those of its alternative names, and the one of its subject.</summary>
    public static IReadOnlyList<string> AddressesOf(X509Certificate2 certificate)
    {
        var parsed = new Org.BouncyCastle.X509.X509Certificate(certificate.RawData);
        var alternative = parsed.GetSubjectAlternativeNameExtension()?.GetNames() ?? [];
        return
        [
            .. alternative.Where(name => name.TagNo == GeneralName.Rfc822Name).Select(name => name.Name.ToString()!)
                .Concat(parsed.SubjectDN.GetValueList(X509Name.EmailAddress))
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>What is wrong with the chain of a certificate; valid where nothing is.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="others">Those that came with it.</param>
    /// <param name="trusted">Authorities, or signers themselves; empty for the authorities of the system.</param>
    /// <param name="asksForRevocation">True to ask the authorities, over the network, whether it was revoked.</param>
    public static (SignatureStatus Status, string Reason) Trust(X509Certificate2 certificate, IEnumerable<X509Certificate2> others, IReadOnlyList<X509Certificate2> trusted, bool asksForRevocation)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.RevocationMode = asksForRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        policy.ApplicationPolicy.Add(EmailProtection);
        policy.ExtraStore.AddRange(others.ToArray());
        if (trusted.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(trusted.ToArray());
        }

        _ = chain.Build(certificate);
        // Who is trusted by himself needs no authority.
        var isTrusted = trusted.Any(one => one.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));
        var problems = chain.ChainStatus.Where(one => one.Status != X509ChainStatusFlags.NoError && !(isTrusted && one.Status is X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain)).ToList();
        if (problems.Count == 0)
            return (SignatureStatus.Valid, "");
        var words = string.Join(" ", problems.Select(one => $"{one.StatusInformation.Trim().TrimEnd('.')}."));
        if (problems.Exists(one => one.Status == X509ChainStatusFlags.Revoked))
            return (SignatureStatus.Revoked, $"The certificate was revoked. {words}");
        return problems.TrueForAll(one => one.Status == X509ChainStatusFlags.NotTimeValid)
            ? (SignatureStatus.Expired, FormattableString.Invariant($"The certificate, or one that vouches for it, is not valid now: it holds from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}."))
            : (SignatureStatus.Untrusted, $"The certificate is not trusted for mail: {words}");
    }
}
