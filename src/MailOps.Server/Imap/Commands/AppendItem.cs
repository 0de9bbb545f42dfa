using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>What stands before a message of APPEND: <c>append-message</c> of RFC 3502.</summary>
/// <param name="Flags">The flags that it gets.</param>
/// <param name="Date">The time of its arrival; null for now.</param>
/// <param name="IsBinary">True if its octets come as a literal8, and may be any (RFC 3516).</param>
internal readonly record struct AppendItem(MessageFlagSet Flags, DateTimeOffset? Date, bool IsBinary);
