using MailOps.Maildir.Access;

namespace MailOps.Maildir.Folders;

/// <summary>Where messages go.</summary>
/// <param name="Folder">The folder, which is to be brought up to date.</param>
/// <param name="Mask">The flags that may be set there.</param>
internal readonly record struct MailboxTarget(Folder Folder, FlagMask Mask);
