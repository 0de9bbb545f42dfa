namespace MailOps.Maildir;

/// <summary>A mailbox that a delivery goes to.</summary>
/// <param name="Account">The account's canonical name.</param>
/// <param name="Mailbox">The mailbox's name; it must exist, except INBOX, which is made.</param>
public readonly record struct DeliveryTarget(string Account, string Mailbox = MailboxName.Inbox);
