using System.Security.Cryptography.X509Certificates;

namespace MailOps.Client.Probes;

/// <summary>Whether a chain leads to a root that is trusted here, and if not, exactly why.</summary>
internal sealed class ChainReview(IReadOnlyList<X509Certificate2> presented, TlsProbeOptions options, FindingStatus distrusted)
{
    private const string AuthorityInformationAccess = "1.3.6.1.5.5.7.1.1";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string Source = "RFC 5280 section 6";

    /// <summary>The findings on the chain, at least one, and whether it leads to a trusted root on this machine.</summary>
    public (IReadOnlyList<Finding> Findings, bool IsTrusted) Review()
    {
        var findings = new List<Finding>();
        using var built = Build();
        var elements = built.ChainElements.Select(e => e.Certificate).ToList();
        foreach (var element in built.ChainElements.Skip(1))
        {
            if (element.ChainElementStatus.Any(s => s.Status == X509ChainStatusFlags.NotTimeValid))
                findings.Add(Distrust("CertificateTrust", $"A certificate of the chain is not valid at this time: {element.Certificate.Subject}.", Dates(element.Certificate)));
        }

        var flags = built.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
        AddTrust(findings, flags, elements);
        AddOther(findings, flags, built.ChainStatus);
        var trusted = findings.Count == 0;
        if (trusted)
            findings.Add(Filled(elements) ?? new Finding
            {
                Check = "CertificateTrust",
                Status = FindingStatus.Pass,
                Message = $"The chain leads to a trusted root: {elements[^1].Subject}.",
                Evidence = string.Join(" <- ", elements.Select(c => c.Subject)),
                Source = Source,
            });
        if (Order() is { } order)
            findings.Add(order);
        return (findings, trusted);
    }

    private X509Chain Build()
    {
        var chain = Build(X509ChainTrustMode.System);
        if (options.Roots.Count == 0 || !chain.ChainStatus.Any(s => s.Status is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot))
            return chain;

        var custom = Build(X509ChainTrustMode.CustomRootTrust);
        if (custom.ChainStatus.Any(s => s.Status is X509ChainStatusFlags.UntrustedRoot) && custom.ChainElements.Count < chain.ChainElements.Count)
        {
            custom.Dispose();
            return chain;
        }

        chain.Dispose();
        return custom;
    }

    private X509Chain Build(X509ChainTrustMode trust)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = options.TimeProvider.GetLocalNow().DateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ServerAuthentication));
        chain.ChainPolicy.TrustMode = trust;
        if (trust == X509ChainTrustMode.CustomRootTrust)
            chain.ChainPolicy.CustomTrustStore.AddRange(options.Roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(presented.Skip(1).ToArray());
        chain.Build(presented[0]);
        return chain;
    }

    private void AddTrust(List<Finding> findings, X509ChainStatusFlags flags, List<X509Certificate2> elements)
    {
        var top = elements[^1];
        var shown = string.Join(" <- ", elements.Select(c => c.Subject));
        if (flags.HasFlag(X509ChainStatusFlags.UntrustedRoot))
        {
            findings.Add(elements.Count == 1
                ? Distrust("CertificateTrust", "The certificate is self-signed: no authority vouches for it.", shown)
                : Distrust("CertificateTrust", $"The issuer is unknown: the chain ends in the root {top.Subject}, which this machine does not trust.", shown));
        }
        else if (flags.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            if (SelfIssued(top))
                findings.Add(Distrust("CertificateTrust", "The certificate is self-signed: no authority vouches for it.", shown));
            else if (IssuerAddress(top) is { } where)
                findings.Add(Distrust("CertificateChain", $"An intermediate certificate is missing: the server does not send {top.Issuer}, which issued {top.Subject}.", $"{shown}; the issuer's certificate is to be had at {where}", "RFC 8446 section 4.4.2"));
            else
                findings.Add(Distrust("CertificateTrust", $"The issuer is unknown: {top.Issuer} was neither sent by the server nor is it trusted by this machine. Either an intermediate certificate is missing, or the authority is a private one.", shown));
        }
    }

    private void AddOther(List<Finding> findings, X509ChainStatusFlags flags, X509ChainStatus[] statuses)
    {
        if (flags.HasFlag(X509ChainStatusFlags.NotValidForUsage))
            findings.Add(Distrust("CertificateUsage", "The certificate is not meant for servers: its extended key usage lacks serverAuth.", "", "RFC 5280 section 4.2.1.12"));
        const X509ChainStatusFlags told = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotTimeValid
            | X509ChainStatusFlags.NotValidForUsage | X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;
        foreach (var status in statuses.Where(s => (s.Status & ~told) != X509ChainStatusFlags.NoError).DistinctBy(s => s.Status))
            findings.Add(Distrust("CertificateTrust", $"The chain is not valid: {status.Status}.", status.StatusInformation.Trim()));
    }

    // Clients that do not happen to have the intermediate fail where this machine does not.
    private Finding? Filled(List<X509Certificate2> elements)
    {
        var missing = elements.Skip(1).SkipLast(1).FirstOrDefault(c => !presented.Any(p => p.RawDataMemory.Span.SequenceEqual(c.RawDataMemory.Span)));
        return missing is null ? null : new Finding
        {
            Check = "CertificateChain",
            Status = FindingStatus.Warning,
            Message = $"An intermediate certificate is missing: this machine knows {missing.Subject}, but clients that do not will refuse the chain.",
            Evidence = string.Join(" <- ", presented.Select(c => c.Subject)),
            Source = "RFC 8446 section 4.4.2",
        };
    }

    private Finding? Order()
    {
        for (var i = 0; i + 1 < presented.Count; i++)
        {
            if (!presented[i].IssuerName.RawData.AsSpan().SequenceEqual(presented[i + 1].SubjectName.RawData))
                return new Finding
                {
                    Check = "CertificateOrder",
                    Status = FindingStatus.Warning,
                    Message = $"The chain is out of order: {presented[i + 1].Subject} follows {presented[i].Subject}, but did not issue it.",
                    Evidence = string.Join(" | ", presented.Select(c => c.Subject)),
                    Source = "RFC 5246 section 7.4.2, RFC 8446 section 4.4.2",
                };
        }

        return null;
    }

    private Finding Distrust(string check, string message, string evidence, string source = Source) =>
        new() { Check = check, Status = distrusted, Message = message, Evidence = evidence, Source = source };

    private static bool SelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static string? IssuerAddress(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == AuthorityInformationAccess);
        if (extension is null)
            return null;
        try
        {
            return new X509AuthorityInformationAccessExtension(extension.RawData).EnumerateCAIssuersUris().FirstOrDefault();
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    private static string Dates(X509Certificate2 certificate) =>
        FormattableString.Invariant($"{certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z");
}
