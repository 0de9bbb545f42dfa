using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.MtaSts;

/// <summary>Whether a host may be sent to, as far as MTA-STS goes.</summary>
/// <param name="Allowed">Whether it may: what fails in mode testing is allowed all the same.</param>
/// <param name="Conforms">Whether the policy is kept, or there is none.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="Source">The section that says so, such as <c>RFC 8461 section 4.1</c>.</param>
public sealed record MtaStsVerdict(bool Allowed, bool Conforms, string Reason, string Source)
{
    /// <summary>What kind of fault it is that the policy is not kept; null where it is.</summary>
    public TlsFault? Fault { get; init; }

    /// <summary>The verdict in words.</summary>
    public override string ToString() => $"{(Allowed ? "Allowed" : "Refused")}: {Reason} ({Source})";
}
