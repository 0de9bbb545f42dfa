using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.MtaSts;

/// <summary>
/// What MTA-STS asks of deliveries to a domain at this moment. Where DANE applies to a host as well, what DANE refuses is
/// refused, whatever this says (RFC 8461 section 2).
/// </summary>
public sealed record MtaStsApplied
{
    /// <summary>The domain: that of the recipients' addresses, or of the host that takes mail for all of them.</summary>
    public required DnsName Domain { get; init; }

    /// <summary>The policy, or null if there is none.</summary>
    public MtaStsPolicy? Policy { get; init; }

    /// <summary>The id with which the policy was fetched.</summary>
    public string? Id { get; init; }

    /// <summary>When the policy was fetched.</summary>
    public DateTimeOffset? Fetched { get; init; }

    /// <summary>Where the policy is from.</summary>
    public MtaStsOrigin Origin { get; init; }

    /// <summary>Why this applies, as a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The section that says so.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// Why the policy that is kept could not be confirmed or fetched anew, or not be written to the disk; null where nothing
    /// went wrong. An administrator should hear of it (RFC 8461 section 3.3), unless the mode is none.
    /// </summary>
    public string? Problem { get; init; }

    /// <summary>What went wrong with the policy that the domain says it has, where no other is kept; null otherwise.</summary>
    public TlsFault? Fault { get; init; }

    /// <summary>Whether the policy allows a host of an MX record (RFC 8461 section 4.1).</summary>
    /// <param name="host">The host.</param>
    public MtaStsVerdict Evaluate(string host)
    {
        if (Policy is null || Policy.Mode == MtaStsMode.None)
            return Nothing();
        return Policy.Names(host)
            ? new MtaStsVerdict(true, true, $"The policy of {Domain.Ascii} names {host}.", "RFC 8461 section 4.1")
            : Broken($"The policy of {Domain.Ascii} does not name {host}, but {string.Join(", ", Policy.Mx.Take(5))}.", "RFC 8461 section 4.1", TlsFault.ValidationFailure);
    }

    /// <summary>What comes of a host that offers no STARTTLS, or with which no TLS could be agreed on (RFC 8461 section 4.2).</summary>
    /// <param name="host">The host.</param>
    public MtaStsVerdict EvaluateWithoutTls(string host) => Policy is null || Policy.Mode == MtaStsMode.None
        ? Nothing()
        : Broken($"{host} was reached without TLS, which the policy of {Domain.Ascii} requires.", "RFC 8461 section 4.2", TlsFault.StartTlsNotSupported);

    /// <summary>Whether the policy allows a host, and the certificates that it presented (RFC 8461 sections 4.1 and 4.2).</summary>
    /// <param name="host">The host of the MX record, which is also the name that is sent in SNI.</param>
    /// <param name="presented">The certificates that it presented, its own first.</param>
    /// <param name="at">The time.</param>
    /// <param name="roots">The authorities that are trusted; null for those of the system.</param>
    public MtaStsVerdict EvaluateCertificate(string host, IReadOnlyList<X509Certificate2> presented, DateTimeOffset at, X509Certificate2Collection? roots = null)
    {
        var named = Evaluate(host);
        if (!named.Conforms || Policy is null || Policy.Mode == MtaStsMode.None)
            return named;
        return MtaStsCertificateCheck.Problem(host, presented, at, roots) is { } problem
            ? Broken(problem.Text, "RFC 8461 section 4.2", problem.Fault)
            : new MtaStsVerdict(true, true, $"The policy of {Domain.Ascii} names {host}, and its certificate holds.", "RFC 8461 section 4.2");
    }

    private MtaStsVerdict Nothing() => new(true, true, Policy is null
        ? $"{Domain.Ascii} has no policy: {Reason}"
        : $"The policy of {Domain.Ascii} has the mode none.", Policy is null ? Source : "RFC 8461 section 5");

    private MtaStsVerdict Broken(string reason, string source, TlsFault fault) => Policy!.Mode == MtaStsMode.Enforce
        ? new MtaStsVerdict(false, false, reason, source) { Fault = fault }
        : new MtaStsVerdict(true, false, reason + " The mode is testing: it is delivered all the same.", source) { Fault = fault };
}
