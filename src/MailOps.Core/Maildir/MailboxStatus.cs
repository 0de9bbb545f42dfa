namespace MailOps.Maildir;

/// <summary>Counts of a mailbox (RFC 9051 section 6.3.11).</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Recent">How many no session has seen yet.</param>
/// <param name="Unseen">How many lack \Seen.</param>
/// <param name="UidNext">The next UID.</param>
/// <param name="UidValidity">The UIDVALIDITY.</param>
/// <param name="Size">Octets of all messages as sent (CRLF line ends).</param>
/// <param name="HighestModSeq">HIGHESTMODSEQ (RFC 7162 section 3.1.7); 0 while the folder cannot be written and has no log.</param>
/// <param name="Deleted">How many have \Deleted.</param>
/// <param name="DeletedSize">Octets of those.</param>
/// <param name="Guid">The mailbox's 128-bit GUID, as <see cref="IMailbox.Guid"/>.</param>
public sealed record MailboxStatus(int Messages, int Recent, int Unseen, uint UidNext, uint UidValidity, long Size, ulong HighestModSeq, int Deleted, long DeletedSize, string Guid);
