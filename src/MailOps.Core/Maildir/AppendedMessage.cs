namespace MailOps.Maildir;

/// <summary>Where an appended message came to lie (APPENDUID, RFC 4315).</summary>
/// <param name="UidValidity">The mailbox's UIDVALIDITY.</param>
/// <param name="Uid">The message's UID.</param>
public readonly record struct AppendedMessage(uint UidValidity, uint Uid);
