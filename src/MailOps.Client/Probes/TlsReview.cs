using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>What is to be said about versions, cipher suite and key exchange.</summary>
internal static class TlsReview
{
    /// <summary>One finding for each version.</summary>
    public static IEnumerable<Finding> Versions(MailProtocol protocol, IReadOnlyList<TlsVersionFacts> versions)
    {
        foreach (var version in versions)
            yield return Version(protocol, version, versions);
    }

    /// <summary>The negotiated suite.</summary>
    public static Finding CipherSuite(string suite)
    {
        var (status, message, source) = suite switch
        {
            _ when Has("_NULL_") || Has("_anon_") || Has("EXPORT") => (FindingStatus.Fail, $"The cipher suite protects nothing: {suite}.", "RFC 9325 section 4.1"),
            _ when Has("_RC4_") => (FindingStatus.Fail, $"RC4 is broken: {suite}.", "RFC 7465"),
            _ when Has("DES_") || Has("_IDEA_") || Has("_SEED_") => (FindingStatus.Fail, $"The cipher has blocks of 64 bits or is long out of use: {suite}.", "RFC 9325 section 4.1"),
            _ when !Has("DHE_") && !suite.StartsWith("TLS_AES_", StringComparison.Ordinal) && !suite.StartsWith("TLS_CHACHA20_", StringComparison.Ordinal) =>
                (FindingStatus.Warning, $"The cipher suite has no forward secrecy: {suite}.", "RFC 9325 section 4.1"),
            _ when Has("_CBC_") => (FindingStatus.Warning, $"The cipher suite is not an AEAD: {suite}.", "RFC 9325 section 4.2"),
            _ => (FindingStatus.Pass, $"The cipher suite is sound: {suite}.", "RFC 9325 section 4.2"),
        };
        return new Finding { Check = "CipherSuite", Status = status, Message = message, Evidence = suite, Source = source };

        bool Has(string part) => suite.Contains(part, StringComparison.Ordinal);
    }

    /// <summary>Finite-field groups that are too small, in the versions where they are visible; null if there is nothing to say.</summary>
    public static Finding? KeyExchange(IEnumerable<(string Version, int Bits)> finiteField)
    {
        var weakest = finiteField.OrderBy(g => g.Bits).FirstOrDefault();
        return weakest.Version is null || weakest.Bits >= 2048 ? null : new Finding
        {
            Check = "KeyExchange",
            Status = weakest.Bits < 1024 ? FindingStatus.Fail : FindingStatus.Warning,
            Message = FormattableString.Invariant($"The Diffie-Hellman group has only {weakest.Bits} bits in {weakest.Version}; 2048 are the least."),
            Evidence = FormattableString.Invariant($"prime of {weakest.Bits} bits"),
            Source = "RFC 9325 section 4.4",
        };
    }

    private static Finding Version(MailProtocol protocol, TlsVersionFacts version, IReadOnlyList<TlsVersionFacts> all)
    {
        // Between servers the other choice is often no encryption at all (RFC 7435 section 3).
        var outdated = protocol == MailProtocol.Smtp ? FindingStatus.Warning : FindingStatus.Fail;
        var modern = all.Any(v => v.Taken == true && v.Version is "TLSv1.2" or "TLSv1.3" && v.Taken == true);
        var (status, message, source) = (version.Version, version.Taken) switch
        {
            (_, null) => (FindingStatus.Unknown, $"Whether {version.Version} is taken could not be told.", ""),
            ("SSLv3", true) => (FindingStatus.Fail, "SSLv3 is taken; it is broken.", "RFC 7568"),
            ("SSLv3", false) => (FindingStatus.Pass, "SSLv3 is not taken.", "RFC 7568"),
            ("TLSv1" or "TLSv1.1", true) => (outdated, $"{version.Version} is taken; it is not to be used any more.", "RFC 8996, RFC 9325 section 3.1.1"),
            ("TLSv1" or "TLSv1.1", false) => (FindingStatus.Pass, $"{version.Version} is not taken.", "RFC 8996"),
            ("TLSv1.2", true) => (FindingStatus.Pass, "TLSv1.2 is taken.", "RFC 9325 section 3.1.1"),
            ("TLSv1.2", false) => modern
                ? (FindingStatus.Warning, "TLSv1.2 is not taken: clients without TLSv1.3 are shut out.", "RFC 9325 section 3.1.1")
                : (FindingStatus.Fail, "TLSv1.2 is not taken, nor anything newer.", "RFC 9325 section 3.1.1"),
            (_, true) => (FindingStatus.Pass, "TLSv1.3 is taken.", "RFC 8446, RFC 9325 section 3.1.1"),
            (_, false) => (FindingStatus.Warning, "TLSv1.3 is not taken; it should be.", "RFC 9325 section 3.1.1"),
        };
        return new Finding { Check = version.Version, Status = status, Message = message, Evidence = version.Evidence, Source = source };
    }
}
