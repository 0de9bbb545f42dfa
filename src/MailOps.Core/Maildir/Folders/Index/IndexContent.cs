using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders.Index;

/// <summary>An index that is made and not written yet.</summary>
/// <param name="parts">Its octets.</param>
internal sealed class IndexContent(ReadOnlyMemory<byte>[] parts)
{
    /// <summary>Writes it into a scratch file that takes the index's name.</summary>
    internal void Write(IMaildirDisk disk, string path, string scratch)
    {
        if (!disk.Create(scratch, parts))
            return;
        var isPlaced = false;
        try
        {
            isPlaced = disk.Rename(scratch, path);
        }
        finally
        {
            if (!isPlaced)
                disk.Unlink(scratch);
        }
    }
}
