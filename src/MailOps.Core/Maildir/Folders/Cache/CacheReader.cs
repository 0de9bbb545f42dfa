using System.Buffers;
using MailOps.Maildir.Disk;
using MailOps.Messages;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>An open cache file: finds records, and reads many at once where they lie behind each other. For one reader.</summary>
internal sealed class CacheReader(MessageCache cache, DiskFile file, CacheHeader header) : IDisposable
{
    private const int SingleRead = 4 * 1024;
    private const int RangeRead = 128 * 1024;

    private byte[] _block = [];
    private long _start;
    private int _length;

    /// <summary>Finds what is kept of a message.</summary>
    /// <param name="uid">The message's UID.</param>
    /// <param name="nameHash">The hash of its base name.</param>
    /// <param name="kind">What of it.</param>
    /// <param name="content">Valid until the next call.</param>
    public bool TryRead(uint uid, ulong nameHash, RecordKind kind, out ReadOnlySpan<byte> content)
    {
        content = default;
        var offset = cache.Find(header, kind, uid);
        if (offset < 0)
            return false;
        var octets = At(offset, CacheRecord.HeaderLength);
        if (CacheRecord.TryParse(octets, header.Key, out var record))
        {
            octets = At(offset, record.TotalLength);
            if (octets.Length >= record.TotalLength && CacheRecord.IsSound(octets[..record.TotalLength], header.Key))
            {
                content = octets[CacheRecord.HeaderLength..record.TotalLength];
                return record.Uid == uid && record.NameHash == nameHash && record.Kind == kind;
            }
        }

        cache.SawDamage(header);
        return false;
    }

    public void Dispose()
    {
        file.Dispose();
        if (_block.Length > 0)
            ArrayPool<byte>.Shared.Return(_block);
        _block = [];
    }

    /// <summary>The file's octets from an offset on: as many as wanted or more, unless the file ends before.</summary>
    private ReadOnlySpan<byte> At(long offset, int wanted)
    {
        if (offset < _start || offset + wanted > _start + _length)
        {
            // What lies just behind what was read last is read in one go with what follows.
            var isNext = _length > 0 && offset >= _start && offset <= _start + _length + SingleRead;
            var count = Math.Max(wanted, isNext ? RangeRead : SingleRead);
            if (_block.Length < count)
            {
                if (_block.Length > 0)
                    ArrayPool<byte>.Shared.Return(_block);
                _block = ArrayPool<byte>.Shared.Rent(count);
            }

            _length = 0;
            _start = offset;
            _length = file.Read(_block.AsSpan(0, count), offset);
        }

        return _block.AsSpan(0, _length)[(int)(offset - _start)..];
    }
}
