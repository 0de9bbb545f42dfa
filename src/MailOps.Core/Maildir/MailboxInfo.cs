namespace MailOps.Maildir;

/// <summary>A mailbox in a listing.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Exists">False for a parent that is only a name (\Noselect).</param>
/// <param name="HasChildren">True if mailboxes lie below it.</param>
public sealed record MailboxInfo(string Name, bool Exists, bool HasChildren);
