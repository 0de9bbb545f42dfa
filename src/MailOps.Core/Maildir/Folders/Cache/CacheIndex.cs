using System.Buffers;
using System.Buffers.Binary;
using MailOps.Maildir.Disk;
using MailOps.Messages;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>Where the records of one cache file lie. Follows the file as it grows. Not for several threads at once.</summary>
/// <param name="header">The file's header.</param>
internal sealed class CacheIndex(CacheHeader header)
{
    // Holds the longest record several times.
    private const int BlockLength = 1024 * 1024;

    private readonly OffsetTable?[] _tables = new OffsetTable?[(int)RecordKind.Preview + 1];

    public CacheHeader Header => header;

    /// <summary>The file's octets that were looked at.</summary>
    public long Scanned { get; private set; } = CacheHeader.Length;

    /// <summary>Sound records in the file.</summary>
    public int Records { get; private set; }

    /// <summary>True if the file has octets that are no record.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>The offset of a message's latest record; -1 if it has none.</summary>
    public long Find(RecordKind kind, uint uid) => _tables[(int)kind]?.Find(uid) ?? -1;

    /// <summary>How many records another one has taken the place of, or a folder of so many messages cannot need.</summary>
    public int DeadBeside(int messages)
    {
        var dead = Records;
        foreach (var table in _tables)
            dead -= Math.Min(messages, table?.Count ?? 0);
        return dead;
    }

    /// <summary>Looks at what the file has got since.</summary>
    /// <returns>False if it became shorter, which nobody does who knows what it is: then nothing here holds any more.</returns>
    public bool Follow(DiskFile file)
    {
        var length = file.Facts.Length;
        if (length <= Scanned)
            return length == Scanned;
        var block = ArrayPool<byte>.Shared.Rent((int)Math.Min(length - Scanned, BlockLength));
        try
        {
            while (Scanned < length)
            {
                var read = file.Read(block.AsSpan(0, (int)Math.Min(length - Scanned, block.Length)), Scanned);
                var used = Take(block.AsSpan(0, read), isAll: Scanned + read >= length);
                Scanned += used;
                // What ends with the file is not all there yet.
                if (used == 0)
                    break;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Where the latest records of live messages lie, in the file's order.</summary>
    public IEnumerable<long> LiveOffsets(Func<uint, bool> isLive) =>
        _tables.OfType<OffsetTable>().SelectMany(table => table.All()).Where(place => isLive(place.Uid)).Select(place => place.Offset).Order();

    /// <returns>How many octets need not be looked at again.</returns>
    private int Take(ReadOnlySpan<byte> block, bool isAll)
    {
        var at = 0;
        while (block.Length - at >= CacheRecord.HeaderLength)
        {
            var rest = block[at..];
            if (CacheRecord.TryParse(rest, header.Key, out var record))
            {
                // The rest of it is in the next block, or still to be written, or lost: then others were written behind it.
                if (record.TotalLength > rest.Length)
                    return isAll && FindMark(rest[4..]) is >= 0 and var inside ? Damaged(at + 4 + inside) : at;
                if (CacheRecord.IsSound(rest[..record.TotalLength], header.Key))
                {
                    (_tables[(int)record.Kind] ??= new OffsetTable()).Set(record.Uid, Scanned + at);
                    Records++;
                    at += record.TotalLength;
                    continue;
                }
            }

            var next = FindMark(rest[1..]);
            at = Damaged(next < 0 ? block.Length - 3 : at + 1 + next);
            if (next < 0)
                break;
        }

        return at;
    }

    private int FindMark(ReadOnlySpan<byte> octets)
    {
        Span<byte> mark = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(mark, CacheRecord.MarkOf(header.Key));
        return octets.IndexOf(mark);
    }

    private int Damaged(int at)
    {
        IsDamaged = true;
        return at;
    }
}
