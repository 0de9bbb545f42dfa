namespace MailOps.Client.Migration;

/// <summary>What became of messages that were to be added together.</summary>
/// <param name="Outcomes">What became of each; null for one that was not added because of the hindrance.</param>
/// <param name="Hindrance">Why the folder takes no more messages, whatever they are: it is gone, there is no room, or the server is busy. Null if it does.</param>
public sealed record AddResult(IReadOnlyList<AddOutcome?> Outcomes, MailOps.Wire.MailSessionException? Hindrance);
