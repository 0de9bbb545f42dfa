using MailOps.Maildir.Access;

namespace MailOps.Maildir.Folders;

/// <summary>How a view is opened.</summary>
/// <param name="Name">The mailbox's full name, as the session knows it.</param>
/// <param name="ReadOnly">EXAMINE.</param>
/// <param name="Find">Finds where messages are copied and moved to; null if there is no such mailbox.</param>
/// <param name="RightsIn">The session's rights on the mailbox of a directory; null where nobody's rights count.</param>
internal sealed record MailboxOpening(string Name, bool ReadOnly, Func<string, MailboxTarget?> Find, Func<string, MailboxRights>? RightsIn);
