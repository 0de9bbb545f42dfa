using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>What is to be said about the certificates that a server presents: name, dates, key, signature, chain.</summary>
internal sealed class CertificateReview(MailProtocol protocol, TlsTarget target, string? serverName, TlsProbeOptions options)
{
    // Between servers nobody has to check certificates (RFC 3207 section 4.1, RFC 7435): distrust there weakens, it does not break.
    private readonly FindingStatus _distrusted = protocol == MailProtocol.Smtp ? FindingStatus.Warning : FindingStatus.Fail;

    /// <summary>The findings, and whether a client that checks would trust the server.</summary>
    public (IReadOnlyList<Finding> Findings, bool? IsTrusted) Review(IReadOnlyList<X509Certificate2> presented, IReadOnlyList<CertificateFacts> facts)
    {
        var name = Name(presented[0], facts[0]);
        var dates = Dates(facts[0]);
        var (chain, leadsToRoot) = new ChainReview(presented, options, _distrusted).Review();
        bool? trusted = !leadsToRoot || dates.Status == FindingStatus.Fail ? false
            : name.Status == FindingStatus.Unknown ? null
            : name.Status == FindingStatus.Pass;
        return ([name, dates, .. chain, Key(facts[0]), Signature(facts)], trusted);
    }

    private Finding Name(X509Certificate2 own, CertificateFacts facts)
    {
        var wanted = serverName ?? target.Server.Trim('[', ']');
        var listed = facts.Names.Count > 0 ? string.Join(", ", facts.Names) : $"none; subject {facts.Subject}";
        const string source = "RFC 7817 section 3, RFC 9525 section 6";
        if (own.MatchesHostname(wanted, allowWildcards: true, allowCommonName: false))
            return new Finding { Check = "CertificateName", Status = FindingStatus.Pass, Message = $"The certificate is for {wanted}.", Evidence = listed, Source = source };
        if (IPAddress.TryParse(wanted, out _))
            return new Finding { Check = "CertificateName", Status = FindingStatus.Unknown, Message = $"The connection went to an address, {wanted}, so there is no name to compare. Give the server's name with -ServerName.", Evidence = listed, Source = source };
        return own.MatchesHostname(wanted, allowWildcards: true, allowCommonName: true)
            ? new Finding { Check = "CertificateName", Status = _distrusted, Message = $"Only the common name is {wanted}; clients look at the subject alternative name, which does not have it.", Evidence = listed, Source = source }
            : new Finding { Check = "CertificateName", Status = _distrusted, Message = $"The certificate is not for {wanted} but for {(facts.Names.Count > 0 ? listed : facts.Subject)}.", Evidence = listed, Source = source };
    }

    private Finding Dates(CertificateFacts facts)
    {
        var now = options.TimeProvider.GetUtcNow();
        var evidence = FormattableString.Invariant($"{facts.NotBefore:yyyy-MM-dd HH:mm:ss}Z to {facts.NotAfter:yyyy-MM-dd HH:mm:ss}Z");
        var (status, message) = 0 switch
        {
            _ when now > facts.NotAfter => (FindingStatus.Fail, FormattableString.Invariant($"The certificate expired on {facts.NotAfter:yyyy-MM-dd}, {-facts.DaysLeft} days ago.")),
            _ when now < facts.NotBefore => (FindingStatus.Fail, FormattableString.Invariant($"The certificate is not valid before {facts.NotBefore:yyyy-MM-dd HH:mm}Z.")),
            _ when facts.NotAfter - now < options.ExpiryWarning => (FindingStatus.Warning, FormattableString.Invariant($"The certificate expires in {facts.DaysLeft} days, on {facts.NotAfter:yyyy-MM-dd}.")),
            _ => (FindingStatus.Pass, FormattableString.Invariant($"The certificate is valid for {facts.DaysLeft} more days.")),
        };
        return new Finding { Check = "CertificateDates", Status = status, Message = message, Evidence = evidence, Source = "RFC 5280 section 4.1.2.5" };
    }

    private static Finding Key(CertificateFacts facts)
    {
        var shown = string.Create(CultureInfo.InvariantCulture, $"{facts.KeyType} {facts.KeyBits} bits");
        var (status, message) = facts switch
        {
            { KeyBits: 0 } => (FindingStatus.Unknown, $"The key's size could not be told: {facts.KeyType}."),
            { KeyType: "RSA" or "RSA-PSS", KeyBits: < 1024 } or { KeyType: "EC", KeyBits: < 160 } => (FindingStatus.Fail, $"The key can be broken: {shown}."),
            { KeyType: "RSA" or "RSA-PSS", KeyBits: < 2048 } or { KeyType: "EC", KeyBits: < 224 } or { KeyType: "DSA" } => (FindingStatus.Fail, $"The key is too weak: {shown}; many clients refuse it. RSA needs 2048 bits, EC 224."),
            _ => (FindingStatus.Pass, $"The key is strong enough: {shown}."),
        };
        return new Finding { Check = "CertificateKey", Status = status, Message = message, Evidence = shown, Source = "RFC 9325 section 4.5" };
    }

    private static Finding Signature(IReadOnlyList<CertificateFacts> chain)
    {
        // A root's own signature proves nothing and may be of any kind.
        var weak = chain.FirstOrDefault(c => !c.IsSelfIssued && (c.SignatureAlgorithm.Contains("md5", StringComparison.OrdinalIgnoreCase) || c.SignatureAlgorithm.Contains("sha1", StringComparison.OrdinalIgnoreCase)));
        return new Finding
        {
            Check = "CertificateSignature",
            Status = weak is null ? FindingStatus.Pass : FindingStatus.Fail,
            Message = weak is null ? "The signatures of the chain use sound hashes." : $"The signature on {weak.Subject} uses a broken hash: {weak.SignatureAlgorithm}.",
            Evidence = string.Join(", ", chain.Select(c => c.SignatureAlgorithm)),
            Source = "RFC 9325 section 4.5, RFC 9155",
        };
    }
}
