using MailOps.Maildir.Disk;
using MailOps.Messages;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>
/// The file <c>mailops-cache</c> of a folder: what was once read from the messages, so that it need not be read again. It may be
/// deleted at any time, is damaged without harm, and is not made durable: whatever is missing or unsound is read from the
/// messages and appended anew. Several processes append to it at once, each a batch of whole records in one write under a
/// shared lock; a compaction writes another file under the exclusive lock and puts it in this one's place, and whoever has
/// the lock looks first whether the file that it locked is still the one with the name. Nobody waits for a lock: a batch that
/// gets none is let go.
/// </summary>
internal sealed class MessageCache(StoreEnvironment store)
{
    internal const string FileName = "mailops-cache";

    private const int MostAttempts = 3;

    // A smaller file is not worth the work.
    private const int SmallestToCompact = 256 * 1024;

    private readonly Lock _lock = new();
    private CacheIndex? _index;
    private long _failures;

    /// <summary>How often something could not be kept or read: the disk was full or read-only, or another process had the lock.</summary>
    internal long Failures => Interlocked.Read(ref _failures);

    /// <summary>True once the file was looked through: from then on only what is new in it is.</summary>
    internal bool IsKnown
    {
        get
        {
            lock (_lock)
                return _index is not null;
        }
    }

    private IMaildirDisk Disk => store.Disk;

    /// <summary>Opens the file of a folder for reading.</summary>
    /// <param name="folder">The folder's directory.</param>
    /// <param name="uidValidity">Its UIDVALIDITY.</param>
    /// <returns>Null if nothing is kept.</returns>
    internal CacheReader? OpenRead(string folder, uint uidValidity)
    {
        DiskFile? file = null;
        try
        {
            file = Disk.OpenFile(PathIn(folder), forAppend: false);
            if (file is not null && TryReadHeader(file, out var header) && header.UidValidity == uidValidity)
            {
                Follow(file, header);
                var reader = new CacheReader(this, file, header);
                file = null;
                return reader;
            }
        }
        catch (MailStoreException)
        {
            Failed();
        }
        finally
        {
            file?.Dispose();
        }

        return null;
    }

    /// <summary>Keeps a batch.</summary>
    internal void Append(string folder, uint uidValidity, CacheBatch batch)
    {
        if (batch.IsEmpty)
            return;
        try
        {
            var path = PathIn(folder);
            for (var attempt = 0; attempt < MostAttempts; attempt++)
            {
                using var file = Disk.OpenFile(path, forAppend: true);
                if (file is null)
                {
                    Disk.Create(path, [CacheHeader.Make(uidValidity).ToOctets()]);
                    continue;
                }

                if (!file.TryLock(exclusive: false))
                    break;
                if (!HasName(file, path))
                    continue;
                if (TryReadHeader(file, out var header) && header.UidValidity == uidValidity)
                {
                    file.Append(batch.ToOctets(header).Span);
                    return;
                }

                // Of another folder that had the name before, or damaged at its beginning.
                file.Dispose();
                Replace(folder, uidValidity);
            }
        }
        catch (MailStoreException)
        {
            // A cache: what cannot be kept is read again next time.
        }

        Failed();
    }

    /// <summary>Writes the file anew if most of it is of no use any more, or damaged.</summary>
    /// <param name="folder">The folder's directory.</param>
    /// <param name="uidValidity">Its UIDVALIDITY.</param>
    /// <param name="messages">How many messages the folder has.</param>
    /// <param name="isLive">Whether the folder has a message of a UID, or may have.</param>
    internal void CompactIfNeeded(string folder, uint uidValidity, int messages, Func<uint, bool> isLive)
    {
        lock (_lock)
        {
            if (_index is not { } index || index.Header.UidValidity != uidValidity)
                return;
            if (!index.IsDamaged && (index.Scanned < SmallestToCompact || index.DeadBeside(messages) * 2L < index.Records))
                return;
        }

        Compact(folder, uidValidity, isLive);
    }

    /// <summary>Writes the file anew with what is live of it.</summary>
    /// <returns>False if that could not be done now.</returns>
    internal bool Compact(string folder, uint uidValidity, Func<uint, bool> isLive) =>
        Rewrite(folder, (file, header) => header is { } known && known.UidValidity == uidValidity
            ? CacheCompaction.Write(Disk, store.ScratchIn(folder), file, known, isLive)
            : null);

    /// <summary>The offset of a record in the file with this header, -1 if it is not known.</summary>
    internal long Find(CacheHeader header, RecordKind kind, uint uid)
    {
        lock (_lock)
            return _index is { } index && index.Header == header ? index.Find(kind, uid) : -1;
    }

    /// <summary>A record was not what was written.</summary>
    internal void SawDamage(CacheHeader header)
    {
        lock (_lock)
        {
            if (_index is { } index && index.Header == header)
                index.IsDamaged = true;
        }
    }

    private static string PathIn(string folder) => Path.Join(folder, FileName);

    private static bool TryReadHeader(DiskFile file, out CacheHeader header)
    {
        Span<byte> octets = stackalloc byte[CacheHeader.Length];
        return CacheHeader.TryParse(octets[..file.Read(octets, 0)], out header);
    }

    private void Replace(string folder, uint uidValidity) => Rewrite(folder, (_, header) =>
    {
        if (header is { } known && known.UidValidity == uidValidity)
            return null;
        var path = store.ScratchIn(folder);
        return Disk.Create(path, [CacheHeader.Make(uidValidity).ToOctets()]) ? path : null;
    });

    /// <summary>Puts another file into the place of this one, if nobody writes to it now.</summary>
    private bool Rewrite(string folder, Func<DiskFile, CacheHeader?, string?> write)
    {
        string? written = null;
        try
        {
            var path = PathIn(folder);
            using var file = Disk.OpenFile(path, forAppend: true);
            if (file is null || !file.TryLock(exclusive: true) || !HasName(file, path))
                return false;
            written = write(file, TryReadHeader(file, out var header) ? header : null);
            if (written is null)
                return false;
            Disk.Rename(written, path);
            return true;
        }
        catch (MailStoreException)
        {
            Failed();
            RemoveQuietly(written);
            return false;
        }
    }

    private void RemoveQuietly(string? path)
    {
        try
        {
            if (path is not null)
                Disk.Unlink(path);
        }
        catch (MailStoreException)
        {
            // Maildir programs remove what is left in tmp.
        }
    }

    private bool HasName(DiskFile file, string path) => Disk.Stat(path) is { } named && named.Inode == file.Facts.Inode;

    private void Follow(DiskFile file, CacheHeader header)
    {
        lock (_lock)
        {
            if (_index?.Header != header)
                _index = new CacheIndex(header);
            if (_index.Follow(file))
                return;
            _index = new CacheIndex(header) { IsDamaged = true };
            _index.Follow(file);
        }
    }

    private void Failed() => Interlocked.Increment(ref _failures);
}
