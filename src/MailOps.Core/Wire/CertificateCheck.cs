using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Wire;

/// <summary>
/// Decides in a client's handshake whether the server's certificate holds, and keeps in words why it does not. Made new
/// for each handshake.
/// </summary>
internal sealed class CertificateCheck(string host, bool acceptAny, TimeProvider clock)
{
    /// <summary>What is wrong with the certificate, or null if it is trusted for the name, or by the <see cref="Judge"/>.</summary>
    public string? Problem { get; private set; }

    /// <summary>As far as the system's authorities and the name go: what kind of fault the certificate has.</summary>
    public CertificateFault Fault { get; private set; } = CertificateFault.NotPresented;

    /// <summary>
    /// Who decides in the place of the system's authorities: of the certificates that the server presented, its own first, what is
    /// wrong, or null. They live as long as the call.
    /// </summary>
    public Func<IReadOnlyList<X509Certificate2>, string?>? Judge { get; init; }

    /// <summary>The certificate's SHA-256 fingerprint in hexadecimal, once one was seen.</summary>
    public string? Fingerprint { get; private set; }

    /// <summary>The hash of the certificate's public key, once one was seen.</summary>
    public string? KeyPin { get; private set; }

    /// <summary>The certificate's subject, once one was seen.</summary>
    public string? Subject { get; private set; }

    /// <summary>What the certificate is known by, any of them. Where there are some, nothing else decides: no authority, no name, no date, and no permission to accept any.</summary>
    public IReadOnlyList<CertificatePin> Pins { get; init; } = [];

    /// <summary>What the client presents if it is asked to, or null.</summary>
    public X509Certificate2? OwnCertificate { get; init; }

    /// <summary>Options for the handshake that use this check.</summary>
    public SslClientAuthenticationOptions ClientOptions => new()
    {
        TargetHost = host,
        RemoteCertificateValidationCallback = Validate,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        // A session that is taken up again does not show the certificates between: a judge could not see them.
        AllowTlsResume = Judge is null,
        // Shown to any server that asks, whichever authorities it names: who gave one wants it shown.
        ClientCertificateContext = OwnCertificate is null ? null : SslStreamCertificateContext.Create(OwnCertificate, additionalCertificates: null, offline: true),
    };

    /// <summary>The callback of the TLS layer.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not null)
        {
            Fingerprint = certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
            Subject = certificate.Subject;
        }

        KeyPin = certificate is X509Certificate2 shown ? CertificatePin.OfKey(shown) : null;
        if (Pins.Count > 0)
        {
            var isPinned = certificate is X509Certificate2 presented && Pins.Any(pin => pin.Matches(presented));
            (Fault, Problem) = (isPinned ? CertificateFault.None : FaultOf(chain, errors | SslPolicyErrors.RemoteCertificateChainErrors), isPinned ? null : "it is none of those that are pinned");
            return isPinned;
        }

        Fault = FaultOf(chain, errors);
        Problem = Judge is not null ? Judge(certificate is X509Certificate2 own ? [own, .. chain?.ChainPolicy.ExtraStore ?? []] : [])
            : errors == SslPolicyErrors.None ? null : Describe(certificate as X509Certificate2, chain, errors);
        return Problem is null || acceptAny;
    }

    /// <summary>The error for a handshake that failed while this check was in charge.</summary>
    public MailSessionException HandshakeFailed(string server, Exception thrown)
    {
        var shown = Fingerprint is null ? "no certificate" : $"the certificate with the SHA-256 thumbprint {Fingerprint} and the key {KeyPin}";
        if (Problem is not null && Pins.Count > 0)
            return new MailSessionException(MailSessionFault.CertificateNotPinned, $"The certificate of {server} is none of those that are pinned: it showed {shown}. If you know that the server has a new certificate, pin that one; if not, somebody else may answer in its place.", thrown);
        if (Problem is not null && !acceptAny)
            return new MailSessionException(MailSessionFault.CertificateNotTrusted, $"The certificate of {server} is not trusted: {Problem}. Use the name that is in the certificate, trust its issuer on this machine, pin it or skip the certificate check if you know the server; it showed {shown}.", thrown);

        var reason = (thrown.InnerException ?? thrown).Message;
        return new MailSessionException(MailSessionFault.TlsFailed, $"The TLS handshake with {server} failed: {reason} Either the port does not speak TLS at this point, or there is no version or cipher suite that both sides allow.", thrown);
    }

    private static CertificateFault FaultOf(X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return CertificateFault.None;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return CertificateFault.NotPresented;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return CertificateFault.NameMismatch;
        return chain is not null && Array.Exists(chain.ChainStatus, one => one.Status == X509ChainStatusFlags.NotTimeValid) ? CertificateFault.Expired : CertificateFault.NotTrusted;
    }

    private string Describe(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "the server presented no certificate";

        var reasons = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            reasons.Add($"it is for {Names(certificate)}, not for {host}");

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            var now = clock.GetUtcNow().UtcDateTime;
            if (certificate.NotAfter.ToUniversalTime() < now)
                reasons.Add($"it expired on {Date(certificate.NotAfter)}");
            else if (certificate.NotBefore.ToUniversalTime() > now)
                reasons.Add($"it is not valid before {Date(certificate.NotBefore)}");

            var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.PartialChain;
            var untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
            if ((status & untrusted) != X509ChainStatusFlags.NoError)
            {
                reasons.Add(certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                    ? "it is self-signed"
                    : $"its issuer {certificate.Issuer} is not trusted on this machine");
            }

            var others = status & ~(untrusted | X509ChainStatusFlags.NotTimeValid);
            if (others != X509ChainStatusFlags.NoError)
                reasons.Add($"its chain does not hold ({others})");
            if (reasons.Count == 0)
                reasons.Add($"its chain does not hold ({status})");
        }

        return string.Join("; ", reasons);
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(a => a.ToString())))
            .Take(5)
            .ToArray();
        return names.Length > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }

    private static string Date(DateTime when) => when.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
