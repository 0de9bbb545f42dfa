using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.MtaSts;

/// <summary>What came of fetching a policy.</summary>
/// <param name="Policy">The policy, or null.</param>
/// <param name="Reason">What was seen, as a sentence: why there is no policy, or where it is from.</param>
/// <param name="Source">The section that says so.</param>
public sealed record MtaStsFetch(MtaStsPolicy? Policy, string Reason, string Source)
{
    /// <summary>What kind of fault it is that there is no policy; null with one.</summary>
    public TlsFault? Fault { get; init; }
}
