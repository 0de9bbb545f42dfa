using System.Buffers;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>Copies the records of a cache file that are of use to another file.</summary>
internal static class CacheCompaction
{
    private const int PieceLength = 1024 * 1024;

    /// <summary>Writes the other file.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="target">Its path, which nothing has.</param>
    /// <param name="file">The file, which nobody writes to meanwhile.</param>
    /// <param name="header">Its header.</param>
    /// <param name="isLive">Whether there is a message of a UID.</param>
    /// <returns>The path; null if it could not be made.</returns>
    public static string? Write(IMaildirDisk disk, string target, DiskFile file, CacheHeader header, Func<uint, bool> isLive)
    {
        // An index of its own: that of the folder may be ahead or behind.
        var index = new CacheIndex(header);
        index.Follow(file);
        if (!disk.Create(target, [header.Renewed().ToOctets()]))
            return null;
        using var copy = disk.OpenFile(target, forAppend: true);
        if (copy is null)
            return null;
        var block = ArrayPool<byte>.Shared.Rent(CacheRecord.HeaderLength + CacheRecord.MaxLength);
        try
        {
            var piece = new ArrayBufferWriter<byte>(PieceLength);
            foreach (var offset in index.LiveOffsets(isLive))
            {
                var read = file.Read(block.AsSpan(0, CacheRecord.HeaderLength), offset);
                if (!CacheRecord.TryParse(block.AsSpan(0, read), header.Key, out var record))
                    continue;
                read = file.Read(block.AsSpan(0, record.TotalLength), offset);
                if (read < record.TotalLength || !CacheRecord.IsSound(block.AsSpan(0, read), header.Key))
                    continue;
                piece.Write(block.AsSpan(0, record.TotalLength));
                if (piece.WrittenCount < PieceLength)
                    continue;
                copy.Append(piece.WrittenSpan);
                piece.ResetWrittenCount();
            }

            copy.Append(piece.WrittenSpan);
            return target;
        }
        catch (MailStoreException)
        {
            disk.Unlink(target);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
