using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs.Inspection;

/// <summary>Something in a Maildir that is not as it should be.</summary>
/// <param name="Status">How much it weighs.</param>
/// <param name="Message">What it is and what to do, as a sentence.</param>
/// <param name="Evidence">The files or lines that show it.</param>
/// <param name="Fix">What puts it right; null for what a person has to decide.</param>
internal sealed record Damage(FindingStatus Status, string Message, string Evidence, DamageFix? Fix = null);
