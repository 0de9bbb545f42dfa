namespace MailOps.Client.Mailboxes.Saving;

/// <summary>Where a message came to lie.</summary>
/// <param name="Path">Its file, or the Maildir.</param>
/// <param name="WasThere">True if a file with these octets was there already, and nothing was written.</param>
/// <param name="Uid">Its UID in the folder of a Maildir; null for a file.</param>
public sealed record SavedPlace(string Path, bool WasThere, uint? Uid);
