using MailOps.Maildir.Folders.Cache;

namespace MailOps.Maildir.Folders;

/// <summary>A message whose digest is wanted.</summary>
/// <param name="Message">The message.</param>
/// <param name="Entry">Its place in the folder; null if the view does not have it.</param>
internal readonly record struct DigestRequest(MailboxMessage Message, FolderEntry? Entry)
{
    /// <summary>The hash of its base name, as in the cache.</summary>
    public ulong NameHash => CacheRecord.HashOf(Message.FileName);
}
