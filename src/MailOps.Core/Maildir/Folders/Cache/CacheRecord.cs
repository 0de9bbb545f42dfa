using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using MailOps.Messages;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>One record of a cache file: mark, check, length, UID, hash of the message's base name, kind; then what it holds.</summary>
/// <param name="Uid">The message's UID.</param>
/// <param name="NameHash">The hash of its base name: a UID alone could be another message's in a Maildir that was put together anew.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Length">Octets of that.</param>
internal readonly record struct CacheRecord(uint Uid, ulong NameHash, RecordKind Kind, int Length)
{
    public const int HeaderLength = 32;

    /// <summary>A longer one is not kept.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>Octets in the file.</summary>
    public int TotalLength => HeaderLength + Length;

    /// <summary>The hash of a base name.</summary>
    public static ulong HashOf(ReadOnlySpan<char> baseName)
    {
        // FNV-1a: it guards against mistakes, nobody chooses these names but programs.
        var hash = 14695981039346656037UL;
        foreach (var c in baseName)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    /// <summary>The hash of a base name in UTF-8.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> baseName)
    {
        if (!Ascii.IsValid(baseName))
            return HashOf(Encoding.UTF8.GetString(baseName));
        var hash = 14695981039346656037UL;
        foreach (var octet in baseName)
            hash = (hash ^ octet) * 1099511628211UL;
        return hash;
    }

    /// <summary>The octets that every record of a file begins with.</summary>
    public static uint MarkOf(ulong key) => (uint)key;

    /// <summary>Reads a record's beginning.</summary>
    /// <returns>False if no record begins here.</returns>
    public static bool TryParse(ReadOnlySpan<byte> octets, ulong key, out CacheRecord record)
    {
        record = default;
        if (octets.Length < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(octets) != MarkOf(key))
            return false;
        record = new CacheRecord(
            BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(octets[16..]),
            (RecordKind)octets[24],
            BinaryPrimitives.ReadInt32LittleEndian(octets[8..]));
        return record is { Length: >= 0 and <= MaxLength, Uid: > 0, Kind: >= RecordKind.Digest and <= RecordKind.Preview };
    }

    /// <summary>True if a whole record is what was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> record, ulong key) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) == Check(record[8..], key);

    /// <summary>Writes a record.</summary>
    public static void Write(Span<byte> target, ulong key, uint uid, ulong nameHash, RecordKind kind, ReadOnlySpan<byte> content)
    {
        target[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, MarkOf(key));
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], uid);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], nameHash);
        target[24] = (byte)kind;
        content.CopyTo(target[HeaderLength..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Check(target[8..(HeaderLength + content.Length)], key));
    }

    private static uint Check(ReadOnlySpan<byte> octets, ulong key)
    {
        // The key's other half is where the check starts from.
        var check = (uint)(key >> 32);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(octets))
            check = BitOperations.Crc32C(check, word);
        foreach (var octet in octets[(octets.Length & ~7)..])
            check = BitOperations.Crc32C(check, octet);
        return check;
    }
}
