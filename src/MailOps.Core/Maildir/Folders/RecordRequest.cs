using MailOps.Maildir.Folders.Cache;

namespace MailOps.Maildir.Folders;

/// <summary>A message of which a record is wanted.</summary>
/// <param name="Message">The message.</param>
/// <param name="Entry">Its place in the folder; null if the view does not have it.</param>
internal readonly record struct RecordRequest(MailboxMessage Message, FolderEntry? Entry)
{
    /// <summary>The hash of its base name, as in the cache.</summary>
    public ulong NameHash => Entry is { } entry ? CacheRecord.HashOf(entry.Name.Octets) : CacheRecord.HashOf(Message.FileName);
}
