namespace MailOps.Maildir;

/// <summary>A message in a session's view of a mailbox. A value: a changed message is another one with the same <see cref="Uid"/>.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Size">Its octets as sent (CRLF line ends): RFC822.SIZE and POP3's LIST.</param>
/// <param name="Flags">Its flags, as this session was told.</param>
/// <param name="Recent">True if this session is the first to see it.</param>
/// <param name="FileName">Its base name in the Maildir, without the flags: the same for as long as it lives.</param>
public sealed record MailboxMessage(uint Uid, long Size, MessageFlagSet Flags, bool Recent, string FileName);
