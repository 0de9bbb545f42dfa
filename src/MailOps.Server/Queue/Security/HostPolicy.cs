using System.Security.Cryptography.X509Certificates;
using MailOps.Smtp;
using MailOps.Trust.Dane;
using MailOps.Trust.MtaSts;
using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.Security;

/// <summary>
/// What is asked of a connection to one host: by what is published for it, and by the sender. Where DANE asks for anything it decides,
/// and MTA-STS is not looked at (RFC 8461 section 2).
/// </summary>
internal sealed record HostPolicy
{
    private static readonly EnhancedStatusCode Insecure = new(4, 7, 5);

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>What DANE asks, or null where it cannot.</summary>
    public DanePolicy? Dane { get; init; }

    /// <summary>What MTA-STS asks, or null where it cannot.</summary>
    public MtaStsApplied? MtaSts { get; init; }

    /// <summary>True if the name of the host is not from an MX record that anybody could have forged.</summary>
    public bool IsNamedSafely { get; init; }

    /// <summary>What the sender asks.</summary>
    public SecurityDemand Demand { get; init; }

    /// <summary>True if a password is to be sent there: then the server must be known to be the right one.</summary>
    public bool NeedsTrust { get; init; }

    /// <summary>The authorities that certificates must come from; null for those of the system.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>A host for which nothing is published.</summary>
    public static HostPolicy None(string host, SecurityDemand demand) => new() { Host = host, Demand = demand, IsNamedSafely = true };

    /// <summary>The name to send in SNI: that which the certificate is to be for.</summary>
    public string ServerName => Dane?.BaseDomain ?? Host;

    /// <summary>True if nothing is sent in the clear.</summary>
    public bool RequiresTls => NeedsTrust || Demand is SecurityDemand.Required || DaneDecides || MtaSts?.Policy?.Mode is MtaStsMode.Enforce;

    /// <summary>Why nothing is sent to this host, whatever it offers; null if it is to be seen.</summary>
    public SmtpReply? Refusal
    {
        get
        {
            if (Dane is { Use: DaneUse.Unknown } unknown)
                return new SmtpReply(451, Insecure, $"{unknown.Reason} Nothing is sent before that is known ({unknown.Source})");
            if (!DaneDecides && MtaSts?.Evaluate(Host) is { Allowed: false } verdict)
                return new SmtpReply(451, Insecure, $"MTA-STS: {verdict.Reason} ({verdict.Source})");
            if (IsNamedSafely || IsNamedByMtaSts)
                return null;
            // Who can forge the MX record has a certificate for the host that it names.
            var doubt = $"neither DNSSEC nor MTA-STS vouches for {Host} being the server";
            return Demand is SecurityDemand.Required ? NotSecret(doubt)
                : NeedsTrust ? new SmtpReply(451, Insecure, $"The login is not sent to an exchanger: {doubt}. Write the host itself in brackets, in the route and in the file of logins")
                : null;
        }
    }

    /// <summary>What kind of fault of the domain's it is for which nothing is sent to this host; null where it is none.</summary>
    public TlsFault? RefusalFault => Demand is SecurityDemand.Optional ? null
        : Dane is { Use: DaneUse.Unknown } unknown ? unknown.Fault
        : DaneDecides ? null : MtaSts?.Evaluate(Host) is { Allowed: false } verdict ? verdict.Fault : null;

    /// <summary>What is wrong with what was published, whether or not anything stops for it.</summary>
    public TlsFault? PublishedFault => Dane?.Fault ?? (DaneDecides ? null : MtaSts?.Fault);

    /// <summary>Why nothing is sent in the clear, or null if it is.</summary>
    /// <param name="problem">Why there is no TLS, as a sentence.</param>
    public SmtpReply? RefusalInTheClear(string problem)
    {
        if (!RequiresTls)
            return null;
        if (Demand is SecurityDemand.Required)
            return NotSecret(problem);
        if (NeedsTrust)
            return new SmtpReply(451, Insecure, $"The login at {Host} is not sent: {problem}");
        return DaneDecides
            ? new SmtpReply(451, Insecure, $"DANE requires TLS: {Dane!.Reason} {problem} ({Dane.Source})")
            : new SmtpReply(451, Insecure, $"MTA-STS requires TLS: {problem} ({MtaSts!.EvaluateWithoutTls(Host).Source})");
    }

    /// <summary>True if what the server presents is looked at: otherwise it only hides the mail from those who listen.</summary>
    public bool LooksAtCertificates => NeedsTrust || DaneDecides || HasMtaSts || Demand is SecurityDemand.Required;

    /// <summary>Judges the certificates that a server presented.</summary>
    /// <param name="presented">Its own first.</param>
    /// <param name="at">The time.</param>
    public CertificateVerdict Judge(IReadOnlyList<X509Certificate2> presented, DateTimeOffset at)
    {
        if (Dane is { Use: DaneUse.Authenticate })
        {
            var dane = DaneCheck.Verify(Dane, presented, at);
            return new CertificateVerdict(dane.Accepted, dane.Authenticated ? "DANE" : null, dane.Authenticated ? null : $"DANE: {dane.Reason} ({dane.Source})", dane.Fault);
        }

        if (!DaneDecides && HasMtaSts)
        {
            var sts = MtaSts!.EvaluateCertificate(Host, presented, at, Roots);
            if (sts.Conforms || !sts.Allowed || (Demand is not SecurityDemand.Required && !NeedsTrust))
                return new CertificateVerdict(sts.Allowed, sts.Conforms ? "MTA-STS" : null, sts.Conforms ? null : $"MTA-STS: {sts.Reason} ({sts.Source})", sts.Fault);
        }

        // DANE that names no certificate asks for TLS alone; who asks for more gets it from the authorities.
        if (Demand is not SecurityDemand.Required && !NeedsTrust)
            return new CertificateVerdict(true, null, null);
        var problem = MtaStsCertificateCheck.Problem(Host, presented, at, Roots);
        return new CertificateVerdict(problem is null, problem is null ? "PKIX" : null, problem?.Text, problem?.Fault);
    }

    /// <summary>What the sender hears where TLS was asked for and is not to be had (RFC 8689 section 4.2.1): for good.</summary>
    public static SmtpReply NotSecret(string why) => new(550, new EnhancedStatusCode(5, 7, 10), $"The sender asked for REQUIRETLS, and {why}");

    /// <summary>True if what DANE asks is what counts.</summary>
    public bool DaneDecides => Dane is { RequiresTls: true };

    private bool HasMtaSts => MtaSts?.Policy is { Mode: not MtaStsMode.None };

    private bool IsNamedByMtaSts => HasMtaSts && MtaSts!.Evaluate(Host).Conforms;
}
