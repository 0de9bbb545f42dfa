namespace MailOps.Client.Migration;

/// <summary>What became of a message that was to be added.</summary>
/// <param name="Id">What it is called in its new folder; null if it was refused, or if the server does not tell (RFC 4315).</param>
/// <param name="Refusal">Why it was refused, in the server's own words; null if it was added.</param>
public readonly record struct AddOutcome(string? Id, string? Refusal);
