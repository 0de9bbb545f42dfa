namespace MailOps.Trust.Arc;

/// <summary>What came of looking at a chain.</summary>
/// <param name="Status">What it is worth.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="Source">The section that says so.</param>
internal sealed record ArcVerdict(ArcStatus Status, string Reason, string Source);
